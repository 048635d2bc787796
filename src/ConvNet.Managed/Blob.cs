using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ConvNet.Interop;

namespace ConvNet;

/// <summary>
/// An array of values on a device and, once asked for, an equally shaped array of gradients. Dense and row-major: the
/// innermost axis is last.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/>, <see cref="Half"/> or <see cref="BFloat16"/>; the last two
/// are computed with on CUDA devices only.</typeparam>
/// <remarks>
/// Spans over a blob are valid while the blob is reachable, not disposed and not reshaped to something larger: they do
/// not keep it alive. A blob belongs to one thread at a time while it is written or reshaped.
/// </remarks>
public sealed unsafe partial class Blob<T> : IDisposable
    where T : unmanaged
{
    private readonly BlobHandle _handle;
    private readonly BlobStorage _storage;
    private int _disposed;

    /// <summary>Makes a blob of zeros on <see cref="Device.Cpu"/>.</summary>
    /// <param name="shape">Its shape; rank 0 gives one element.</param>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is no such type.</exception>
    public Blob(Shape shape)
        : this(Device.Cpu, shape)
    {
    }

    /// <summary>Makes a blob of zeros.</summary>
    /// <param name="device">Where its memory is. The blob keeps it alive.</param>
    /// <param name="shape">Its shape; rank 0 gives one element.</param>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is no such type.</exception>
    public Blob(Device device, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(shape);
        int type = ElementType.Of<T>();
        fixed (long* extents = shape.Extents)
        {
            int status = NativeMethods.cn_blob_create(out _handle, device.Handle, type, shape.Rank, extents);
            NativeStatus.ThrowIfFailed(status);
        }

        _storage = new BlobStorage(device, _handle, shape, sizeof(T));
    }

    /// <summary>A further reference to a native blob: takes over the handle and adds a reference to its storage.</summary>
    internal Blob(BlobHandle handle, BlobStorage storage)
    {
        _handle = handle;
        _storage = storage;
        storage.AddReference();
    }

    /// <summary>Where the memory is.</summary>
    public Device Device => _storage.Device;

    /// <summary>The shape.</summary>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public Shape Shape => Alive().Shape;

    /// <summary>The number of elements.</summary>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public long Count => Alive().Shape.Count;

    /// <summary>The values, for reading.</summary>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    /// <exception cref="InvalidOperationException">There are more elements than a span can have, or they are on a
    /// GPU.</exception>
    public ReadOnlySpan<T> Data => Span(OnHost().Data);

    /// <summary>The values, for writing. Whatever is written, also later, is what the next pass uses.</summary>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    /// <exception cref="InvalidOperationException">There are more elements than a span can have, or they are on a
    /// GPU.</exception>
    /// <remarks>A layer that uses the blob as a parameter looks from then on at every pass whether it changed. Where that
    /// matters, write with <see cref="CopyFrom"/> or <see cref="Fill(Filler)"/>.</remarks>
    public Span<T> MutableData => Span(OnHost().MutableData(_handle));

    /// <summary>The gradients, for reading; zeros when nothing has written them.</summary>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    /// <exception cref="InvalidOperationException">There are more elements than a span can have, or they are on a
    /// GPU.</exception>
    public ReadOnlySpan<T> Diff => Span(OnHost().Diff(_handle));

    /// <summary>The gradients, for writing.</summary>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    /// <exception cref="InvalidOperationException">There are more elements than a span can have, or they are on a
    /// GPU.</exception>
    public Span<T> MutableDiff => Span(OnHost().Diff(_handle));

    internal BlobStorage Storage => Alive();

    internal BlobHandle Handle
    {
        get
        {
            Alive();
            return _handle;
        }
    }

    internal bool IsDisposed => _handle.IsClosed;

    /// <summary>The value at a position: <c>blob[0, 2, 5, 3]</c>.</summary>
    /// <param name="position">One index per axis.</param>
    /// <exception cref="ArgumentException">There are more or fewer indices than axes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside its axis.</exception>
    /// <exception cref="InvalidOperationException">The values are on a GPU.</exception>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    [SuppressMessage("Design", "CA1043", Justification = "One integer per axis, for any number of axes.")]
    public T this[params ReadOnlySpan<long> position]
    {
        get
        {
            T value = ((T*)OnHost().Data)[OffsetOf(position)];
            GC.KeepAlive(this);
            return value;
        }

        set
        {
            ((T*)OnHost().MutableData(_handle))[OffsetOf(position)] = value;
            GC.KeepAlive(this);
        }
    }

    /// <summary>
    /// Changes the shape. Memory grows only when the new shape needs more, and never shrinks. When it grows, all values
    /// and gradients become zero and spans over the blob become invalid; otherwise the first elements stay.
    /// </summary>
    /// <param name="shape">The new shape.</param>
    /// <exception cref="InvalidOperationException">The blob is a parameter of a layer.</exception>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Reshape(Shape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        BlobStorage storage = Alive();
        if (storage.Shape.Equals(shape))
        {
            return;
        }

        fixed (long* extents = shape.Extents)
        {
            NativeStatus.ThrowIfFailed(NativeMethods.cn_blob_reshape(_handle, shape.Rank, extents));
        }

        storage.Update(_handle, shape);
    }

    /// <summary>Sets all values.</summary>
    /// <param name="source">As many values as the blob has, in other memory.</param>
    /// <exception cref="ArgumentException">There are more or fewer, or it is the blob's own memory.</exception>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public void CopyFrom(ReadOnlySpan<T> source)
    {
        Check.Length(source.Length, Shape, nameof(source));
        fixed (T* values = source)
        {
            Check.NoOverlap(values, source.Length, nameof(source), (T*)_storage.Data, source.Length, "the blob");
            NativeStatus.ThrowIfFailed(NativeMethods.cn_blob_copy_from(_handle, values, source.Length));
        }
    }

    /// <summary>Reads all values, on a CUDA device when its work is done.</summary>
    /// <param name="destination">Room for as many values as the blob has.</param>
    /// <exception cref="ArgumentException">There is room for more or fewer.</exception>
    /// <exception cref="ConvNetException">The device failed, perhaps in earlier work.</exception>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public void CopyTo(Span<T> destination)
    {
        Check.Length(destination.Length, Shape, nameof(destination));
        if (Device.NativeType == (int)DeviceKind.Cpu)
        {
            Data.CopyTo(destination);
            GC.KeepAlive(this);
            return;
        }

        fixed (T* values = destination)
        {
            NativeStatus.ThrowIfFailed(NativeMethods.cn_blob_copy_to(_handle, values, destination.Length));
        }
    }

    /// <summary>Sets all gradients.</summary>
    /// <param name="source">As many values as the blob has, in other memory.</param>
    /// <exception cref="ArgumentException">There are more or fewer, or it is the blob's own memory.</exception>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void CopyDiffFrom(ReadOnlySpan<T> source)
    {
        Check.Length(source.Length, Shape, nameof(source));
        fixed (T* values = source)
        {
            NativeStatus.ThrowIfFailed(NativeMethods.cn_blob_copy_diff_from(_handle, values, source.Length));
        }
    }

    /// <summary>Reads all gradients, on a CUDA device when its work is done; zeros when nothing has written them.</summary>
    /// <param name="destination">Room for as many values as the blob has, in other memory.</param>
    /// <exception cref="ArgumentException">There is room for more or fewer, or it is the blob's own memory.</exception>
    /// <exception cref="ConvNetException">The device failed, perhaps in earlier work.</exception>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void CopyDiffTo(Span<T> destination)
    {
        Check.Length(destination.Length, Shape, nameof(destination));
        fixed (T* values = destination)
        {
            NativeStatus.ThrowIfFailed(NativeMethods.cn_blob_copy_diff_to(_handle, values, destination.Length));
        }
    }

    /// <summary>
    /// Where the values are, for libraries that work on the device. Valid while the blob is reachable, not disposed and
    /// not reshaped to something larger. Whatever is written there is what the next pass uses.
    /// </summary>
    /// <returns>The memory.</returns>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public DeviceMemory<T> GetDataMemory() => new((nint)Alive().MutableData(_handle), Count);

    /// <summary>Where the gradients are; as <see cref="GetDataMemory"/>.</summary>
    /// <returns>The memory.</returns>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public DeviceMemory<T> GetDiffMemory() => new((nint)Alive().Diff(_handle), Count);

    /// <summary>Sets all values by a rule.</summary>
    /// <param name="filler">The rule.</param>
    /// <exception cref="ArgumentException">A number of the rule is wrong, or the rule does not fit the shape.</exception>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public void Fill(Filler filler)
    {
        ArgumentNullException.ThrowIfNull(filler);
        filler.Apply(Handle);
    }

    /// <summary>Sets all values to one.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public void Fill(T value) => Fill(Filler.Constant(ElementType.ToDouble(value)));

    /// <summary>Sets all gradients to zero.</summary>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public void ClearDiff() => NativeStatus.ThrowIfFailed(NativeMethods.cn_blob_clear_diff(Handle));

    /// <summary>Lets go of the blob; it is freed when no layer uses it any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _handle.Dispose();
            _storage.Release();
        }
    }

    /// <summary>Element type and shape, for example "Single 2x3x6x4".</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{typeof(T).Name} {_storage.Shape}";

    /// <summary>Holds the memory during a native call that is given pointers, not the handle.</summary>
    internal void Hold(ref bool held) => _handle.DangerousAddRef(ref held);

    internal void LetGo() => _handle.DangerousRelease();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private BlobStorage Alive()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        return _storage;
    }

    /// <summary>The storage of a blob whose memory this process can read and write.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private BlobStorage OnHost()
    {
        BlobStorage storage = Alive();
        if (Device.NativeType != (int)DeviceKind.Cpu)
        {
            ThrowNotOnHost();
        }

        return storage;
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowNotOnHost() => throw new InvalidOperationException(
        $"The blob is in memory of {Device}, which no span can show; use CopyTo and CopyFrom, or CopyDiffTo and CopyDiffFrom.");

    private Span<T> Span(void* start)
    {
        long count = _storage.Shape.Count;
        if (count > int.MaxValue)
        {
            throw new InvalidOperationException(
                $"The blob has {_storage.Shape.Describe()} elements; a span can have {int.MaxValue}. Use a tensor span.");
        }

        return new Span<T>(start, (int)count);
    }

    private long OffsetOf(ReadOnlySpan<long> position)
    {
        ReadOnlySpan<long> extents = _storage.Shape.AsSpan();
        if (position.Length != extents.Length)
        {
            throw new ArgumentException(
                $"{position.Length} indices were given, but the blob's shape is {_storage.Shape}.", nameof(position));
        }

        long offset = 0;
        for (int axis = 0; axis < extents.Length; axis++)
        {
            if ((ulong)position[axis] >= (ulong)extents[axis])
            {
                throw new ArgumentOutOfRangeException(nameof(position), position[axis],
                    $"The index of axis {axis} is outside the blob's shape {_storage.Shape}.");
            }

            offset = (offset * extents[axis]) + position[axis];
        }

        return offset;
    }
}
