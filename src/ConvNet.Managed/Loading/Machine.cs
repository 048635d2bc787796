using System.Runtime.InteropServices;
using ConvNet.Interop;

namespace ConvNet.Loading;

/// <summary>What decides which native library fits: the platform and its C library.</summary>
/// <param name="RuntimeIdentifier">For example "linux-x64".</param>
/// <param name="GlibcVersion">For example "2.36", or null where there is no glibc.</param>
/// <param name="LibraryFileName">What the native library's file is called here.</param>
internal sealed record Machine(string RuntimeIdentifier, string? GlibcVersion, string LibraryFileName)
{
    /// <summary>The machine that this process runs on.</summary>
    public static Machine Current { get; } = Read();

    private static Machine Read()
    {
        string? glibc = ReadGlibcVersion();
        return new Machine(PortableIdentifier(glibc), glibc, FileName());
    }

    // The runtime's own identifier names the distribution that built it, for example "ubuntu.24.04-x64"; packages are
    // for families of systems.
    private static string PortableIdentifier(string? glibc)
    {
        string? processor = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 => "arm64",
            _ => null,
        };
        if (processor is null)
        {
            return RuntimeInformation.RuntimeIdentifier;
        }

        if (OperatingSystem.IsLinux())
        {
            return glibc is null ? $"linux-musl-{processor}" : $"linux-{processor}";
        }

        return OperatingSystem.IsWindows() ? $"win-{processor}" : RuntimeInformation.RuntimeIdentifier;
    }

    private static string FileName()
    {
        // With "lib" on Windows, too, where the name would be that of this assembly without.
        string extension = OperatingSystem.IsWindows() ? ".dll" : OperatingSystem.IsMacOS() ? ".dylib" : ".so";
        return $"lib{NativeMethods.Library}{extension}";
    }

    // Asked of the C library itself, and only where it has the function: musl does not.
    private static unsafe string? ReadGlibcVersion()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out nint libc))
        {
            return null;
        }

        return NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out nint function)
            ? NativeStatus.Text(((delegate* unmanaged[Cdecl]<byte*>)function)())
            : null;
    }
}
