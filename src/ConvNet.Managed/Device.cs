using System.Globalization;
using System.Runtime.CompilerServices;
using ConvNet.Interop;

namespace ConvNet;

/// <summary>
/// A device owns memory, threads and one pool of workspace. Any number of threads may use it at once. Blobs and layers
/// keep their device alive: it may be disposed before them.
/// </summary>
public sealed partial class Device : IDisposable
{
    private static readonly Lock SharedLock = new();
    private static Device? s_shared;

    private readonly DeviceHandle _handle;
    private readonly bool _isShared;
    private readonly DeviceInfo _info;

    private Device(DeviceHandle handle, bool isShared)
    {
        _handle = handle;
        _isShared = isShared;
        _info = ReadInfo();
    }

    /// <summary>
    /// The CPU device that the process shares, with the default options. It is opened when it is first asked for;
    /// disposing of it does nothing.
    /// </summary>
    /// <exception cref="ConvNetLoadException">The native library cannot be loaded.</exception>
    public static Device Cpu
    {
        get
        {
            // Not a Lazy: one that failed once, for example because the library was not found, would fail for ever.
            lock (SharedLock)
            {
                return s_shared ??= new Device(OpenCpu(null), isShared: true);
            }
        }
    }

    /// <summary>What kind of device it is.</summary>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public DeviceKind Kind => Alive()._info.Kind;

    /// <summary>Which device of its kind, from 0.</summary>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public int Index => Alive()._info.Index;

    /// <summary>Threads that share the work, the caller's included.</summary>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public int Threads => Alive()._info.Threads;

    internal DeviceHandle Handle => Alive()._handle;

    /// <summary>What a tensor in this device's memory says of it; also true when the device was disposed before it.</summary>
    internal int NativeType => (int)_info.Kind;

    /// <summary>As <see cref="NativeType"/>.</summary>
    internal int NativeIndex => _info.Index;

    /// <summary>Opens a CPU device of its own.</summary>
    /// <param name="options">How it is made, or null for the defaults.</param>
    /// <returns>The device, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">An option is negative or too large.</exception>
    /// <exception cref="ConvNetLoadException">The native library cannot be loaded.</exception>
    public static Device CreateCpu(CpuDeviceOptions? options = null) => new(OpenCpu(options), isShared: false);

    /// <summary>What the device is and what it has used.</summary>
    /// <returns>A snapshot.</returns>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public DeviceInfo GetInfo() => Alive().ReadInfo();

    /// <summary>Sets the peak and the counters of <see cref="GetInfo"/> back to zero.</summary>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public void ResetCounters() => NativeStatus.ThrowIfFailed(NativeMethods.cn_device_reset_counters(Handle));

    /// <summary>Gives cached memory that is not in use back to the system; a CUDA device waits for its work first.</summary>
    /// <returns>The number of bytes given back.</returns>
    /// <exception cref="ConvNetException">The device failed.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public unsafe long Trim()
    {
        long freed;
        NativeStatus.ThrowIfFailed(NativeMethods.cn_device_trim(Handle, &freed));
        return freed;
    }

    /// <summary>
    /// Lets go of the device; it is freed when no blob or layer uses it any more. Ignored for <see cref="Cpu"/> and
    /// <see cref="Cuda"/>.
    /// </summary>
    public void Dispose()
    {
        if (!_isShared)
        {
            _handle.Dispose();
        }
    }

    /// <summary>Kind, index and, of a CPU, threads: for example "Cpu:0, 2 threads" or "Cuda:1".</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture,
            $"{_info.Kind}:{_info.Index}{(_info.Kind == DeviceKind.Cpu ? $", {_info.Threads} threads" : "")}");

    private static unsafe DeviceHandle OpenCpu(CpuDeviceOptions? options)
    {
        options ??= new CpuDeviceOptions();
        cn_cpu_options native = new()
        {
            struct_size = (uint)Unsafe.SizeOf<cn_cpu_options>(),
            threads = options.Threads,
            workspace_limit_bytes = options.WorkspaceLimitBytes,
            memory_limit_bytes = options.MemoryLimitBytes,
            autotune = options.Autotune ? 1 : 0,
        };
        int status = NativeMethods.cn_device_create_cpu(out DeviceHandle handle, &native);
        NativeStatus.ThrowIfFailed(status, ArgumentStyle.Options);
        return handle;
    }

    private Device Alive()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        return this;
    }

    private unsafe DeviceInfo ReadInfo()
    {
        cn_device_info native = default;
        native.struct_size = (uint)Unsafe.SizeOf<cn_device_info>();
        NativeStatus.ThrowIfFailed(NativeMethods.cn_device_get_info(_handle, &native));
        return new DeviceInfo
        {
            Kind = (DeviceKind)native.type,
            Index = native.index,
            Threads = native.threads,
            WorkspaceLimitBytes = native.workspace_limit_bytes,
            MemoryLimitBytes = native.memory_limit_bytes,
            MemoryBytes = native.memory_bytes,
            WorkspaceBytes = native.workspace_bytes,
            WorkspacePeakBytes = native.workspace_peak_bytes,
            Im2colCalls = native.im2col_calls,
            Col2imCalls = native.col2im_calls,
            GemmCalls = native.gemm_calls,
            InstructionSet = NativeStatus.Text(native.instruction_set),
        };
    }
}
