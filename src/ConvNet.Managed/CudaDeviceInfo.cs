using System.Globalization;
using System.Runtime.CompilerServices;
using ConvNet.Interop;

namespace ConvNet;

/// <summary>What a CUDA device is.</summary>
public sealed record CudaDeviceInfo
{
    /// <summary>Which CUDA device, from 0.</summary>
    public int Index { get; init; }

    /// <summary>For example "NVIDIA H200".</summary>
    public string Name { get; init; } = "";

    /// <summary>Bytes of memory of the whole device.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>The compute capability, for example 9.0.</summary>
    public Version ComputeCapability { get; init; } = new();

    /// <summary>The number of multiprocessors.</summary>
    public int Multiprocessors { get; init; }

    /// <summary>The newest CUDA that the driver knows.</summary>
    public Version DriverVersion { get; init; } = new();

    /// <summary>The CUDA that the plug-in was built with.</summary>
    public Version RuntimeVersion { get; init; } = new();

    /// <summary>The cuDNN that is used, or null when there is none.</summary>
    public Version? CudnnVersion { get; init; }

    /// <summary>Why no cuDNN is used and how to mend it; empty when there is one.</summary>
    public string CudnnAbsence { get; init; } = "";

    /// <summary>Index, name, memory and capability, for example "0: NVIDIA H200, 139.8 GiB, capability 9.0".</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Index}: {Name}, {MemoryBytes / (double)(1L << 30):F1} GiB, capability {ComputeCapability}");

    internal static unsafe CudaDeviceInfo Read(int index)
    {
        cn_cuda_device_info native = default;
        native.struct_size = (uint)Unsafe.SizeOf<cn_cuda_device_info>();
        NativeStatus.ThrowIfFailed(NativeMethods.cn_cuda_get_device_info(index, &native));
        return new CudaDeviceInfo
        {
            Index = native.index,
            Name = NativeStatus.Text(native.name),
            MemoryBytes = native.memory_bytes,
            ComputeCapability = new Version(native.capability_major, native.capability_minor),
            Multiprocessors = native.multiprocessors,
            DriverVersion = CudaVersion(native.driver_version),
            RuntimeVersion = CudaVersion(native.runtime_version),
            CudnnVersion = native.cudnn_version == 0 ? null : DnnVersion(native.cudnn_version),
            CudnnAbsence = NativeStatus.Text(native.cudnn_absence),
        };
    }

    // 12040 is 12.4.
    private static Version CudaVersion(int version) => new(version / 1000, version % 1000 / 10);

    // 91002 is 9.10.2.
    private static Version DnnVersion(int version) => new(version / 10000, version / 100 % 100, version % 100);
}
