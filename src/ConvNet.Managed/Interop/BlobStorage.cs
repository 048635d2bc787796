using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ConvNet.Interop;

/// <summary>
/// What is known here of one native blob: its shape, where its memory is, and the pressure that it puts on the garbage
/// collector. All managed blobs and layers that refer to one native blob share one storage, so that a reshape through
/// one of them is seen by the others.
/// </summary>
/// <remarks>
/// The pressure is taken back exactly once: when the last reference is released, or by the finalizer when those who
/// held the references were only finalized. It is not tied to a handle, because several handles may refer to one blob.
/// </remarks>
internal sealed unsafe class BlobStorage
{
    private static long s_totalPressure;

    private readonly Lock _lock = new();
    private readonly int _elementSize;
    private Shape _shape;
    private void* _data;
    private void* _diff;
    private long _capacity;
    private long _pressure;
    private int _references = 1;
    private bool _hasDiff;
    private bool _isExposed;
    private bool _released;

    public BlobStorage(Device device, BlobHandle blob, Shape shape, int elementSize)
    {
        Device = device;
        _elementSize = elementSize;
        _shape = shape;
        Update(blob, shape);
    }

    ~BlobStorage()
    {
        SetPressure(0);
    }

    /// <summary>What all storages of the process have added and not yet taken back, in bytes; for tests.</summary>
    public static long TotalPressure => Interlocked.Read(ref s_totalPressure);

    /// <summary>Where the memory is.</summary>
    public Device Device { get; }

    public Shape Shape => _shape;

    /// <summary>The first value, for reading. Moves only in <see cref="Update"/>.</summary>
    public void* Data => _data;

    /// <summary>
    /// The first value, for writing. The native library must know that there is such a pointer, for ever: it may keep
    /// weights in another layout, and looks whether they changed only where they can.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* MutableData(BlobHandle blob) => _isExposed ? _data : Expose(blob);

    /// <summary>Reads the shape of a blob that the native library made.</summary>
    public static BlobStorage Of(Device device, BlobHandle blob, int elementSize)
    {
        cn_tensor tensor = Describe(blob);
        return new BlobStorage(device, blob, new Shape(new ReadOnlySpan<long>(tensor.shape, tensor.rank)), elementSize);
    }

    /// <summary>Takes note of a new shape, after the native blob took it.</summary>
    public void Update(BlobHandle blob, Shape shape)
    {
        lock (_lock)
        {
            _data = Describe(blob).data;
            _shape = shape;

            // Native memory never shrinks.
            _capacity = Math.Max(_capacity, shape.Count);

            // Gradients that were once allocated stay allocated, perhaps elsewhere.
            _diff = null;
            SetPressure();
        }
    }

    /// <summary>The first gradient; the native library allocates the gradients when they are first asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Diff(BlobHandle blob) => _diff != null ? _diff : AllocateDiff(blob);

    public void AddReference() => Interlocked.Increment(ref _references);

    [SuppressMessage("Usage", "CA1816", Justification = "This is what disposing is, once the last holder lets go.")]
    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        Debug.Assert(left >= 0, "Each holder releases once.");
        if (left == 0)
        {
            lock (_lock)
            {
                SetPressure(0);
                _released = true;
            }

            GC.SuppressFinalize(this);
        }
    }

    private static cn_tensor Describe(BlobHandle blob)
    {
        cn_tensor tensor = default;
        tensor.struct_size = (uint)Unsafe.SizeOf<cn_tensor>();
        NativeStatus.ThrowIfFailed(NativeMethods.cn_blob_data(blob, &tensor));
        return tensor;
    }

    private void* Expose(BlobHandle blob)
    {
        cn_tensor tensor = default;
        tensor.struct_size = (uint)Unsafe.SizeOf<cn_tensor>();
        NativeStatus.ThrowIfFailed(NativeMethods.cn_blob_mutable_data(blob, &tensor));
        _isExposed = true;
        return tensor.data;
    }

    private void* AllocateDiff(BlobHandle blob)
    {
        cn_tensor tensor = default;
        tensor.struct_size = (uint)Unsafe.SizeOf<cn_tensor>();
        NativeStatus.ThrowIfFailed(NativeMethods.cn_blob_diff(blob, &tensor));
        lock (_lock)
        {
            _diff = tensor.data;
            _hasDiff = true;
            SetPressure();
        }

        return tensor.data;
    }

    private void SetPressure() => SetPressure(_capacity * _elementSize * (_hasDiff ? 2 : 1));

    private void SetPressure(long bytes)
    {
        // A call that races with the last release must not add what nobody would take back.
        if (_released)
        {
            return;
        }

        long change = bytes - _pressure;
        _pressure = bytes;
        Interlocked.Add(ref s_totalPressure, change);
        if (change > 0)
        {
            GC.AddMemoryPressure(change);
        }
        else if (change < 0)
        {
            GC.RemoveMemoryPressure(-change);
        }
    }
}
