using System.Diagnostics.CodeAnalysis;
using ConvNet.Loading;

namespace ConvNet;

/// <summary>
/// The native library was not found, could not be loaded, or is of another version. The message says everything that is
/// known: versions, the machine, every path tried and why it failed, and a command that mends it.
/// </summary>
[SuppressMessage("Design", "CA1032", Justification = "It is only thrown by the loader, with a report.")]
public sealed class ConvNetLoadException : DllNotFoundException
{
    internal ConvNetLoadException(LoadReport report)
        : base(report.ToString())
    {
        WantedAbi = report.WantedAbi;
        FoundAbi = report.FoundAbi;
        RuntimeIdentifier = report.Machine.RuntimeIdentifier;
        GlibcVersion = report.Machine.GlibcVersion;
        MissingDependency = report.MissingDependency;
        PathsTried = [.. report.Attempts.Select(attempt => attempt.Path)];
        Remedy = report.Remedy;
    }

    /// <summary>The version of the binary interface that this library needs, for example "1.0".</summary>
    public string WantedAbi { get; }

    /// <summary>The version that a library which was found has, or null when none was found.</summary>
    public string? FoundAbi { get; }

    /// <summary>The runtime identifier of this process, for example "linux-x64".</summary>
    public string RuntimeIdentifier { get; }

    /// <summary>The version of glibc, or null where there is none.</summary>
    public string? GlibcVersion { get; }

    /// <summary>The first library or symbol version that a library which was found needs and lacks, or null.</summary>
    public string? MissingDependency { get; }

    /// <summary>Every path that was tried, in order.</summary>
    public IReadOnlyList<string> PathsTried { get; }

    /// <summary>A command that mends it.</summary>
    public string Remedy { get; }
}
