using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ConvNet.Interop;

namespace ConvNet.Loading;

/// <summary>
/// Finds, loads and checks the native library when it is first called. Search order: the environment variable
/// CONVNET_NATIVE_PATH, alone when it is set; then the application's folder and this assembly's, each with its
/// runtimes/RID/native; then what the runtime and the system find by themselves.
/// </summary>
internal static class NativeLoader
{
    private static readonly Lock Gate = new();
    private static nint s_handle;
    private static LoadReport? s_report;

    /// <summary>What the last attempt found out; tries when there was none or when it failed.</summary>
    public static LoadReport Report
    {
        get
        {
            EnsureLoaded();
            return s_report!;
        }
    }

    /// <summary>The handle of the library, or 0.</summary>
    public static nint Handle => s_handle;

    /// <summary>The build of the library that is loaded.</summary>
    /// <exception cref="ConvNetLoadException">It cannot be loaded.</exception>
    public static ConvNetVersion RequireLoaded()
    {
        LoadReport report = Report;
        return report.LoadedPath is null ? throw new ConvNetLoadException(report) : report.Found!;
    }

    /// <summary>Looks for the library by a plan.</summary>
    /// <returns>The handle, or 0, and what was found out.</returns>
    public static (nint Handle, LoadReport Report) Load(LoadPlan plan)
    {
        List<LoadAttempt> attempts = [];
        ConvNetVersion? found = null;
        foreach (string file in plan.Files())
        {
            if (Try(file, file, ref found, attempts, static name => NativeLibrary.Load(name)) is not 0 and nint handle)
            {
                return (handle, new LoadReport { Plan = plan, Attempts = attempts, Found = found });
            }
        }

        nint byName = 0;
        if (plan.Override is null && plan.AskSystem)
        {
            byName = Try(plan.Machine.LibraryFileName, $"{plan.Machine.LibraryFileName} (left to the runtime and the system)",
                ref found, attempts,
                static name => NativeLibrary.Load(name, typeof(NativeLoader).Assembly, searchPath: null));
        }

        return (byName, new LoadReport { Plan = plan, Attempts = attempts, Found = found });
    }

    // Before anything else of this assembly runs, so that no call can reach the runtime's own search and its raw errors.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Setting the resolver must come before the first call.")]
    internal static void Register() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLoader).Assembly, static (name, _, _) => Resolve(name));

    private static nint Resolve(string name)
    {
        if (name != NativeMethods.Library)
        {
            return 0;
        }

        EnsureLoaded();
        return s_handle != 0 ? s_handle : throw new ConvNetLoadException(s_report!);
    }

    private static void EnsureLoaded()
    {
        lock (Gate)
        {
            // A failure is not remembered: the next call may come after it was mended.
            if (s_handle == 0)
            {
                (s_handle, s_report) = Load(LoadPlan.Current());
            }
        }
    }

    private static nint Try(string name, string shownName, ref ConvNetVersion? found, List<LoadAttempt> attempts,
        Func<string, nint> load)
    {
        nint handle;
        try
        {
            handle = load(name);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            attempts.Add(new LoadAttempt(shownName, LoaderText(exception.Message)));
            return 0;
        }

        string? error = AbiCheck.Run(handle, out ConvNetVersion? version);
        found ??= version;
        attempts.Add(new LoadAttempt(shownName, error));
        if (error is null)
        {
            found = version;
            return handle;
        }

        NativeLibrary.Free(handle);
        return 0;
    }

    // The runtime puts a paragraph of advice on one line before what dlopen said.
    private static string LoaderText(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length > 1 ? string.Join('\n', lines[1..].Distinct()) : message.Trim();
    }
}
