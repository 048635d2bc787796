using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using ConvNet.Interop;

namespace ConvNet;

/// <summary>
/// What all layers have in common: shapes, passes over blobs, spans and tensor spans, and parameters. Several bottoms
/// of one shape give as many tops.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/>, <see cref="Half"/> or <see cref="BFloat16"/>; the last two
/// are computed with on CUDA devices only.</typeparam>
/// <remarks>
/// A layer belongs to one thread at a time; different layers run at once on one device. Passes allocate no managed
/// memory as long as shapes stay. Parameters are read anew by every pass, so that whatever was written to them by any
/// way is what the pass uses.
/// </remarks>
[SuppressMessage("Design", "CA1063",
    Justification = "Nobody outside this library can derive from it, and only the handle needs a finalizer.")]
public abstract unsafe partial class Layer<T> : IDisposable
    where T : unmanaged
{
    private readonly LayerHandle _handle;
    private Shape? _bottomShape;
    private Shape? _topShape;
    private int _disposed;

    private protected Layer(Device device, LayerHandle handle)
    {
        Device = device;
        _handle = handle;
        int count;
        NativeStatus.ThrowIfFailed(NativeMethods.cn_layer_parameter_count(handle, &count));
        _storages = new BlobStorage?[count];
        _parameters = new Blob<T>?[count];
    }

    /// <summary>Where the layer computes.</summary>
    public Device Device { get; }

    /// <summary>The shape that the layer is set up for.</summary>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    public Shape BottomShape => ReshapedBottom();

    /// <summary>The shape that the tops have.</summary>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    public Shape TopShape
    {
        get
        {
            ReshapedBottom();
            return _topShape!;
        }
    }

    /// <summary>Whether a top may be the very memory of its bottom.</summary>
    private protected virtual bool MayWriteInPlace => false;

    /// <summary>Whether gradients can be told only with the values of the tops.</summary>
    private protected virtual bool HasActivation => false;

    /// <summary>The handle of a layer that is not disposed.</summary>
    internal LayerHandle NativeHandle
    {
        get
        {
            ThrowIfDisposed();
            return _handle;
        }
    }

    /// <summary>
    /// Tells the layer the shape of its bottoms. The first time, parameters are made and filled; later the rank and the
    /// channels must stay as they were. When the native layer refuses, it stays as it was.
    /// </summary>
    /// <param name="bottom">The shape that all bottoms share.</param>
    /// <exception cref="ArgumentException">The options and the shape do not go together; the argument is named.</exception>
    /// <exception cref="NotSupportedException">The engine cannot do it.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Reshape(Shape bottom)
    {
        ArgumentNullException.ThrowIfNull(bottom);
        ThrowIfDisposed();
        if (bottom.Equals(_bottomShape))
        {
            return;
        }

        CheckBottomShape(bottom);
        fixed (long* extents = bottom.Extents)
        {
            int status = NativeMethods.cn_layer_reshape(_handle, bottom.Rank, extents);
            NativeStatus.ThrowIfFailed(status, ArgumentStyle.Reshape);
        }

        // From here the native layer has the new shape; should the rest fail, the next call must not believe the old.
        _bottomShape = null;
        _topShape = ReadTopShape();
        TakeParameters();
        _bottomShape = bottom;
    }

    /// <summary>Lets go of the layer and of the blobs that <see cref="Parameters"/> gave out.</summary>
    [SuppressMessage("Usage", "CA1816", Justification = "There is no finalizer here to suppress.")]
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _handle.Dispose();
            ReleaseParameters();
        }
    }

    /// <summary>The kind of layer and the shapes, for example "Convolution 2x3x6x4 -> 2x4x2x1".</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        string name = GetType().Name;
        name = name[..name.IndexOf('`', StringComparison.Ordinal)];
        return _bottomShape is null
            ? $"{name}, not shaped"
            : string.Create(CultureInfo.InvariantCulture, $"{name} {_bottomShape} -> {_topShape}");
    }

    /// <summary>Checks of a shape that the native library cannot make.</summary>
    private protected virtual void CheckBottomShape(Shape bottom)
    {
        // Only layers with options have such checks.
    }

    private protected void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_handle.IsClosed, this);

    /// <summary>The shape of the bottoms, which spans have to have.</summary>
    private Shape ReshapedBottom()
    {
        ThrowIfDisposed();
        return _bottomShape ?? throw new InvalidOperationException(
            "The layer does not know the shape of its input yet; call Reshape first.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FitTo(Shape bottom)
    {
        ThrowIfDisposed();
        if (!ReferenceEquals(bottom, _bottomShape))
        {
            Reshape(bottom);
        }
    }

    private Shape ReadTopShape()
    {
        int rank;
        long* extents = stackalloc long[Constants.CN_MAX_AXES];
        NativeStatus.ThrowIfFailed(
            NativeMethods.cn_layer_top_shape(_handle, extents, Constants.CN_MAX_AXES, &rank));
        return new Shape(new ReadOnlySpan<long>(extents, rank));
    }

    /// <summary>Describes dense memory on the layer's device.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private cn_tensor Tensor(void* data, long* extents, int rank) => new()
    {
        struct_size = (uint)sizeof(cn_tensor),
        device_type = Device.NativeType,
        device_index = Device.NativeIndex,
        dtype = ElementType.Of<T>(),
        data = data,
        shape = extents,
        rank = rank,
    };
}
