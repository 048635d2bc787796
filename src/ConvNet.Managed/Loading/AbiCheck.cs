using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ConvNet.Interop;

namespace ConvNet.Loading;

/// <summary>
/// Whether a loaded library speaks the binary interface that the bindings were generated from. Exports are called by
/// their addresses, because the bindings themselves only work once a library was accepted.
/// </summary>
internal static unsafe class AbiCheck
{
    /// <summary>Checks a library.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? Run(nint library, out ConvNetVersion? version)
    {
        // More room than the struct has, for a library of another version that writes more whatever it is told.
        cn_version_info* info = stackalloc cn_version_info[8];
        new Span<cn_version_info>(info, 8).Clear();
        info->struct_size = (uint)Unsafe.SizeOf<cn_version_info>();
        version = null;
        string? error = Call(library, nameof(NativeMethods.cn_version), info);
        if (error is not null)
        {
            return error;
        }

        // Under another major version nothing but the two numbers is known to be where it was.
        bool isMajor = info->abi_major == Constants.CN_ABI_VERSION_MAJOR;
        version = new ConvNetVersion(
            isMajor ? NativeStatus.Text(info->version) : "of another kind",
            (int)info->abi_major,
            (int)info->abi_minor,
            isMajor ? NativeStatus.Text(info->compiler) : "unknown compiler");
        if (!isMajor || info->abi_minor < Constants.CN_ABI_VERSION_MINOR)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"it has ABI {version.AbiMajor}.{version.AbiMinor}; ABI " +
                $"{Constants.CN_ABI_VERSION_MAJOR}.{Constants.CN_ABI_VERSION_MINOR} or a later minor version is needed");
        }

        return CheckStructs(library);
    }

    // Structs that the library only writes to can be tried without harm; it refuses sizes that it does not know.
    private static string? CheckStructs(nint library)
    {
        cn_convolution_options options = default;
        options.struct_size = (uint)Unsafe.SizeOf<cn_convolution_options>();
        cn_filler filler = default;
        filler.struct_size = (uint)Unsafe.SizeOf<cn_filler>();
        cn_live_counts counts = default;
        counts.struct_size = (uint)Unsafe.SizeOf<cn_live_counts>();
        return Call(library, nameof(NativeMethods.cn_convolution_options_init), &options)
            ?? Call(library, nameof(NativeMethods.cn_filler_init), &filler)
            ?? Call(library, nameof(NativeMethods.cn_live), &counts);
    }

    private static string? Call<TStruct>(nint library, string function, TStruct* argument)
        where TStruct : unmanaged
    {
        if (!NativeLibrary.TryGetExport(library, function, out nint address))
        {
            return $"it has no function {function}; it is not libconvnet";
        }

        int status = ((delegate* unmanaged[Cdecl]<TStruct*, int>)address)(argument);
        return status == (int)cn_status.CN_OK
            ? null
            : $"its {function} refuses {typeof(TStruct).Name} of {sizeof(TStruct)} bytes with status {status}";
    }
}
