using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using ConvNet.Interop;

namespace ConvNet.Loading;

/// <summary>What loading the native library found out, whether it succeeded or not.</summary>
internal sealed partial record LoadReport
{
    /// <summary>Where it looked.</summary>
    public required LoadPlan Plan { get; init; }

    /// <summary>Every path that was tried, in order.</summary>
    public required IReadOnlyList<LoadAttempt> Attempts { get; init; }

    /// <summary>The build of the library that was loaded, or of the first one that does not fit.</summary>
    public ConvNetVersion? Found { get; init; }

    public Machine Machine => Plan.Machine;

    /// <summary>The file that was loaded, or null.</summary>
    public string? LoadedPath => Attempts.FirstOrDefault(attempt => attempt.Error is null)?.Path;

    public string WantedAbi { get; } =
        string.Create(CultureInfo.InvariantCulture, $"{Constants.CN_ABI_VERSION_MAJOR}.{Constants.CN_ABI_VERSION_MINOR}");

    public string? FoundAbi =>
        Found is null ? null : string.Create(CultureInfo.InvariantCulture, $"{Found.AbiMajor}.{Found.AbiMinor}");

    /// <summary>The version of this assembly.</summary>
    public string ManagedVersion { get; } =
        typeof(LoadReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+')[0] ?? "unknown";

    /// <summary>The first library, or symbol version, that a file which exists needs and the system lacks.</summary>
    public string? MissingDependency
    {
        get
        {
            foreach (LoadAttempt attempt in Attempts)
            {
                if (attempt.Error is not null && FirstMissing(attempt) is { } missing)
                {
                    return missing;
                }
            }

            return null;
        }
    }

    /// <summary>A command that mends it.</summary>
    public string Remedy => LoadRemedy.For(this);

    /// <summary>The report as text of several lines.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(LoadedPath is null
            ? "ConvNet: the native library could not be loaded.\n"
            : "ConvNet: the native library is loaded.\n");
        Line(text, "wanted", $"ABI {WantedAbi}, for ConvNet {ManagedVersion}");
        Line(text, "found", Found is null
            ? "none"
            : $"ABI {FoundAbi}, libconvnet {Found.Version}, {Found.Compiler}");
        Line(text, "machine",
            $"{Machine.RuntimeIdentifier}, glibc {Machine.GlibcVersion ?? "none"}, {RuntimeInformation.OSDescription}, " +
            RuntimeInformation.FrameworkDescription);
        Line(text, LoadPlan.Variable, Plan.Override ?? "not set");
        foreach (LoadAttempt attempt in Attempts)
        {
            Line(text, attempt.Error is null ? "loaded" : "tried", attempt.Path);
            if (attempt.Error is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {attempt.Error.ReplaceLineEndings("\n    ")}\n");
            }
        }

        if (LoadedPath is null)
        {
            Line(text, "missing", MissingDependency ?? "no dependency that the loader names");
            Line(text, "to mend it", Remedy);
        }

        return text.ToString().TrimEnd();
    }

    private static void Line(StringBuilder text, string label, string value) =>
        text.Append(CultureInfo.InvariantCulture, $"  {label}: {value}\n");

    private static string? FirstMissing(LoadAttempt attempt)
    {
        Match version = SymbolVersion.Match(attempt.Error!);
        if (version.Success)
        {
            return version.Groups[1].Value;
        }

        // The loader says the same of the file itself when that does not exist, under each of the names that the runtime
        // makes up for it; then nothing is known of what it needs.
        return SharedLibrary.Matches(attempt.Error!).Select(match => match.Groups[1].Value)
            .FirstOrDefault(library => Path.GetFileName(library) != Path.GetFileName(attempt.Path)
                && !library.Contains(NativeMethods.Library, StringComparison.Ordinal));
    }

    [GeneratedRegex("version [`']([^`']+)' not found")]
    private static partial Regex SymbolVersion { get; }

    [GeneratedRegex("([^\\s:]+): cannot open shared object file")]
    private static partial Regex SharedLibrary { get; }
}
