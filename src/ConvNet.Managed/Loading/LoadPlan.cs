using System.Diagnostics.CodeAnalysis;

namespace ConvNet.Loading;

/// <summary>Where the native library is looked for.</summary>
/// <param name="Machine">What machine this is.</param>
/// <param name="Override">What the environment variable says: a file or a folder; then nothing else is tried.</param>
/// <param name="Folders">The application's folder and that of this assembly.</param>
/// <param name="AskSystem">Whether the runtime and the system are asked in the end.</param>
internal sealed record LoadPlan(Machine Machine, string? Override, IReadOnlyList<string> Folders, bool AskSystem = true)
{
    /// <summary>The environment variable that names the native library's file or folder.</summary>
    public const string Variable = "CONVNET_NATIVE_PATH";

    /// <summary>The plan for this process.</summary>
    public static LoadPlan Current()
    {
        string? path = Environment.GetEnvironmentVariable(Variable);
        return new LoadPlan(Machine.Current, string.IsNullOrWhiteSpace(path) ? null : path, [.. OwnFolders().Distinct()]);
    }

    /// <summary>The files to try, in order.</summary>
    public IEnumerable<string> Files()
    {
        if (Override is not null)
        {
            // Who names a library wants that one: taking another silently would only hide a mistake.
            yield return Directory.Exists(Override) ? Path.Combine(Override, Machine.LibraryFileName) : Override;
            yield break;
        }

        foreach (string folder in Folders)
        {
            yield return Path.Combine(folder, Machine.LibraryFileName);
            yield return Path.Combine(folder, "runtimes", Machine.RuntimeIdentifier, "native", Machine.LibraryFileName);
        }
    }

    [UnconditionalSuppressMessage("SingleFile", "IL3000",
        Justification = "In a single file or compiled ahead of time the location is empty, and then it is left out.")]
    private static IEnumerable<string> OwnFolders()
    {
        yield return Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string assembly = typeof(LoadPlan).Assembly.Location;
        if (assembly.Length > 0 && Path.GetDirectoryName(assembly) is { } folder)
        {
            yield return folder;
        }
    }
}
