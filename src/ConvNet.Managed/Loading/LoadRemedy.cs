namespace ConvNet.Loading;

/// <summary>The one command that mends what went wrong while loading.</summary>
internal static class LoadRemedy
{
    // Debian's packages of the libraries that a build of libconvnet may need besides the C library.
    private static readonly Dictionary<string, string> Packages = new(StringComparer.Ordinal)
    {
        ["libgomp.so.1"] = "libgomp1",
        ["libstdc++.so.6"] = "libstdc++6",
        ["libgcc_s.so.1"] = "libgcc-s1",
    };

    public static string For(LoadReport report)
    {
        string package = $"dotnet add package ConvNet.Native.{report.Machine.RuntimeIdentifier} --version {report.ManagedVersion}";
        string? missing = report.MissingDependency;
        if (missing is not null && missing.Contains("GLIBC", StringComparison.Ordinal))
        {
            return "./build.sh build (in the sources of ConvNet: the library was built for a newer system than this)";
        }

        if (missing is not null)
        {
            return Packages.TryGetValue(missing, out string? debian)
                ? $"apt-get install -y {debian}"
                : $"ldd {report.Attempts[^1].Path} (install what it does not find)";
        }

        if (report.Plan.Override is not null)
        {
            return OperatingSystem.IsWindows()
                ? $"set {LoadPlan.Variable}= (it names a library that does not fit)"
                : $"unset {LoadPlan.Variable} (it names a library that does not fit)";
        }

        return package;
    }
}
