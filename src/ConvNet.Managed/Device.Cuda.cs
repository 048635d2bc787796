using System.Runtime.CompilerServices;
using ConvNet.Interop;
using ConvNet.Loading;

namespace ConvNet;

/// <content>CUDA devices.</content>
public sealed unsafe partial class Device
{
    private static readonly Dictionary<int, Device> SharedCuda = [];

    /// <summary>The CUDA devices of this machine. The first question loads the CUDA plug-in of the library.</summary>
    /// <exception cref="NotSupportedException">The plug-in or the NVIDIA driver is missing or too old; the message says
    /// how to mend it.</exception>
    /// <exception cref="ConvNetLoadException">The native library cannot be loaded.</exception>
    public static IReadOnlyList<CudaDeviceInfo> CudaDevices
    {
        get
        {
            CudaPlugin.LoadIfFound();
            int count;
            NativeStatus.ThrowIfFailed(NativeMethods.cn_cuda_device_count(&count));
            var devices = new CudaDeviceInfo[count];
            for (int index = 0; index < count; index++)
            {
                devices[index] = CudaDeviceInfo.Read(index);
            }

            return Array.AsReadOnly(devices);
        }
    }

    /// <summary>
    /// The stream that a CUDA device queues its work on. What is queued on a new one waits for what is queued on the one
    /// before it. Not to be set while layers of the device compute on other threads.
    /// </summary>
    /// <exception cref="NotSupportedException">It is not a CUDA device.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public CudaStream Stream
    {
        get
        {
            void* stream;
            NativeStatus.ThrowIfFailed(NativeMethods.cn_device_get_stream(Handle, &stream));
            return new CudaStream((nint)stream);
        }

        set
        {
            ArgumentNullException.ThrowIfNull(value);
            NativeStatus.ThrowIfFailed(NativeMethods.cn_device_set_stream(Handle, (void*)value.Handle));
            GC.KeepAlive(value);
        }
    }

    /// <summary>
    /// A CUDA device that the process shares, with the default options. It is opened when it is first asked for; disposing
    /// of it does nothing.
    /// </summary>
    /// <param name="index">Which one, from 0.</param>
    /// <returns>The device.</returns>
    /// <exception cref="ArgumentException">There is no such device.</exception>
    /// <exception cref="NotSupportedException">As <see cref="CudaDevices"/>, or there is no CUDA device, or it is too old.</exception>
    /// <exception cref="ConvNetLoadException">The native library cannot be loaded.</exception>
    public static Device Cuda(int index = 0)
    {
        lock (SharedLock)
        {
            if (!SharedCuda.TryGetValue(index, out Device? device))
            {
                device = new Device(OpenCuda(index, new CudaDeviceOptions()), isShared: true);
                SharedCuda.Add(index, device);
            }

            return device;
        }
    }

    /// <summary>Opens a CUDA device with a memory pool of its own.</summary>
    /// <param name="index">Which one, from 0.</param>
    /// <param name="options">How it is opened, or null for the defaults.</param>
    /// <returns>The device, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">There is no such device, or an option is negative.</exception>
    /// <exception cref="NotSupportedException">As <see cref="Cuda"/>.</exception>
    /// <exception cref="ConvNetLoadException">The native library cannot be loaded.</exception>
    public static Device CreateCuda(int index = 0, CudaDeviceOptions? options = null) =>
        new(OpenCuda(index, options ?? new CudaDeviceOptions()), isShared: false);

    /// <summary>Makes a stream of a CUDA device, which does not wait for the default stream.</summary>
    /// <returns>The stream, which the caller disposes.</returns>
    /// <exception cref="NotSupportedException">It is not a CUDA device.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public CudaStream CreateStream()
    {
        void* stream;
        NativeStatus.ThrowIfFailed(NativeMethods.cn_device_create_stream(Handle, &stream));
        return new CudaStream(new CudaResource(_handle, (nint)stream, &DestroyStream));
    }

    /// <summary>Waits until all work that was queued on the present <see cref="Stream"/> is done. A CPU has none.</summary>
    /// <exception cref="ConvNetException">The device failed, perhaps in earlier work.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public void Synchronize() => NativeStatus.ThrowIfFailed(NativeMethods.cn_device_synchronize(Handle));

    /// <summary>How much memory a CUDA device has and uses.</summary>
    /// <returns>A snapshot.</returns>
    /// <exception cref="NotSupportedException">It is not a CUDA device.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public CudaMemoryInfo GetCudaMemory()
    {
        cn_device_memory native = default;
        native.struct_size = (uint)Unsafe.SizeOf<cn_device_memory>();
        NativeStatus.ThrowIfFailed(NativeMethods.cn_device_get_memory(Handle, &native));
        return new CudaMemoryInfo(native.used_bytes, native.reserved_bytes, native.free_bytes, native.total_bytes);
    }

    private static DeviceHandle OpenCuda(int index, CudaDeviceOptions options)
    {
        cn_cuda_options native = new()
        {
            struct_size = (uint)Unsafe.SizeOf<cn_cuda_options>(),
            index = index,
            workspace_limit_bytes = options.WorkspaceLimitBytes,
            memory_limit_bytes = options.MemoryLimitBytes,
            deterministic = options.Deterministic ? 1 : 0,
            tf32 = options.AllowTf32 ? 1 : 0,
            autotune = options.Autotune ? 1 : 0,
        };
        CudaPlugin.LoadIfFound();
        int status = NativeMethods.cn_device_create_cuda(out DeviceHandle handle, &native);
        NativeStatus.ThrowIfFailed(status, ArgumentStyle.Options);
        return handle;
    }

    private static int DestroyStream(DeviceHandle device, nint stream) =>
        NativeMethods.cn_device_destroy_stream(device, (void*)stream);
}
