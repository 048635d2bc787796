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
    public static Machine Current { get; } = new(RuntimeInformation.RuntimeIdentifier, ReadGlibcVersion(), FileName());

    private static string FileName()
    {
        if (OperatingSystem.IsWindows())
        {
            return $"{NativeMethods.Library}.dll";
        }

        return $"lib{NativeMethods.Library}{(OperatingSystem.IsMacOS() ? ".dylib" : ".so")}";
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
