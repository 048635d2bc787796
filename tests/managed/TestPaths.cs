using System.Reflection;
using System.Runtime.InteropServices;

namespace ConvNet.Tests;

/// <summary>Where things of the repository are, wherever the tests run from.</summary>
internal static class TestPaths
{
    /// <summary>The root of the repository, as MSBuild knew it.</summary>
    public static string RepositoryRoot { get; } = Path.TrimEndingDirectorySeparator(
        typeof(TestPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == nameof(RepositoryRoot)).Value!);

    /// <summary>The folder where the native build leaves its libraries.</summary>
    public static string NativeFolder { get; } = FindNativeFolder();

    /// <summary>A native library that only tests use.</summary>
    /// <param name="name">Without prefix and suffix, for example "convnet_testing".</param>
    public static string TestLibrary(string name)
    {
        string file = Path.Combine(NativeFolder, $"lib{name}.so");
        return File.Exists(file) ? file : throw new FileNotFoundException($"{file} is missing: build the native tests.");
    }

    private static string FindNativeFolder()
    {
        string? named = Environment.GetEnvironmentVariable("CONVNET_NATIVE_PATH");
        if (!string.IsNullOrWhiteSpace(named))
        {
            return Directory.Exists(named) ? named : Path.GetDirectoryName(Path.GetFullPath(named))!;
        }

        return Path.Combine(RepositoryRoot, "artifacts", "native", RuntimeInformation.RuntimeIdentifier);
    }
}
