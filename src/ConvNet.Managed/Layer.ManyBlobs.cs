using System.Runtime.InteropServices;
using ConvNet.Interop;

namespace ConvNet;

/// <content>Passes over several blobs.</content>
public abstract unsafe partial class Layer<T>
{
    // More blobs than this take their descriptions from the heap.
    private const int BlobsOnStack = 8;

    /// <summary>
    /// Computes each top from the bottom of the same index. Reshapes the layer and the tops when they do not fit. Up to
    /// 8 blobs no managed memory is allocated.
    /// </summary>
    /// <param name="bottoms">One or more blobs of one shape, whose values are read.</param>
    /// <param name="tops">As many, whose values are overwritten.</param>
    /// <exception cref="ArgumentException">The counts or shapes differ, an element is null or on another device, a shape is impossible, or a
    /// top is also a bottom, another top or a parameter of the layer.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the layer, or a top is a parameter of another
    /// layer and cannot be reshaped.</exception>
    /// <exception cref="ObjectDisposedException">The layer or a blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Forward(ReadOnlySpan<Blob<T>> bottoms, ReadOnlySpan<Blob<T>> tops)
    {
        CheckBlobs(bottoms, tops);
        Shape shape = bottoms[0].Shape;
        CheckShapes(bottoms, shape, nameof(bottoms));
        foreach (Blob<T> top in tops)
        {
            CheckNotParameter(top.Storage, nameof(tops));
        }

        FitTo(shape);
        foreach (Blob<T> top in tops)
        {
            top.Reshape(_topShape!);
        }

        int count = bottoms.Length;
        Span<cn_tensor> tensors = count <= BlobsOnStack ? stackalloc cn_tensor[2 * count] : new cn_tensor[2 * count];
        int held = 0;
        try
        {
            Hold(bottoms, tops, ref held);
            fixed (long* bottomExtents = _bottomShape!.Extents, topExtents = _topShape!.Extents)
            fixed (cn_tensor* sources = tensors)
            {
                cn_tensor* destinations = sources + count;
                for (int i = 0; i < count; i++)
                {
                    sources[i] = Tensor(bottoms[i].Storage.Data, bottomExtents, _bottomShape.Rank);
                    destinations[i] = Tensor(tops[i].Storage.MutableData(tops[i].Handle), topExtents, _topShape.Rank);
                }

                NativeStatus.ThrowIfFailed(
                    NativeMethods.cn_layer_forward(_handle, sources, (nuint)count, destinations, (nuint)count),
                    ArgumentStyle.ManyBlobs);
            }
        }
        finally
        {
            LetGo(bottoms, tops, held);
        }
    }

    /// <summary>Computes gradients of several bottoms; as the overload with one blob.</summary>
    /// <param name="tops">Their gradients are read; where the layer has an activation also their values, as forward left
    /// them.</param>
    /// <param name="bottoms">As many, whose values are read and whose gradients are overwritten.</param>
    /// <exception cref="ArgumentException">The counts or shapes differ, an element is null or on another device, or a top is also a bottom or
    /// another top.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, or another thread uses the
    /// layer.</exception>
    /// <exception cref="ObjectDisposedException">The layer or a blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Backward(ReadOnlySpan<Blob<T>> tops, ReadOnlySpan<Blob<T>> bottoms) => Backward(tops, bottoms, []);

    /// <summary>Computes gradients of some of several bottoms; as the overload with one blob.</summary>
    /// <param name="tops">Their gradients are read; where the layer has an activation also their values, as forward left
    /// them.</param>
    /// <param name="bottoms">As many, whose values are read and whose gradients are overwritten.</param>
    /// <param name="propagateDown">One flag per bottom, false to leave its gradient alone; empty for all.</param>
    /// <exception cref="ArgumentException">The counts or shapes differ, an element is null or on another device, or a top is also a bottom or
    /// another top.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, or another thread uses the
    /// layer.</exception>
    /// <exception cref="ObjectDisposedException">The layer or a blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Backward(ReadOnlySpan<Blob<T>> tops, ReadOnlySpan<Blob<T>> bottoms,
        ReadOnlySpan<bool> propagateDown)
    {
        CheckBlobs(bottoms, tops);
        CheckDistinct(bottoms, nameof(bottoms));
        Shape shape = ReshapedBottom();
        CheckShapes(bottoms, shape, nameof(bottoms));
        CheckShapes(tops, _topShape!, nameof(tops));
        int count = bottoms.Length;
        if (!propagateDown.IsEmpty && propagateDown.Length != count)
        {
            throw new ArgumentException(
                $"propagateDown has {propagateDown.Length} flags for {count} bottoms.", nameof(propagateDown));
        }

        bool anyWanted = propagateDown.IsEmpty || propagateDown.Contains(true);
        Span<cn_tensor> tensors = count <= BlobsOnStack ? stackalloc cn_tensor[4 * count] : new cn_tensor[4 * count];
        int held = 0;
        try
        {
            Hold(bottoms, tops, ref held);
            fixed (long* bottomExtents = _bottomShape!.Extents, topExtents = _topShape!.Extents)
            fixed (cn_tensor* above = tensors)
            fixed (byte* flags = MemoryMarshal.Cast<bool, byte>(propagateDown))
            {
                cn_tensor* below = above + count;
                cn_tensor* gradients = below + count;
                cn_tensor* values = gradients + count;
                for (int i = 0; i < count; i++)
                {
                    bool wanted = propagateDown.IsEmpty || propagateDown[i];
                    void* gradient = wanted ? bottoms[i].Storage.Diff(bottoms[i].Handle) : null;
                    above[i] = Tensor(tops[i].Storage.Diff(tops[i].Handle), topExtents, _topShape.Rank);
                    below[i] = Tensor(bottoms[i].Storage.Data, bottomExtents, _bottomShape.Rank);
                    gradients[i] = Tensor(gradient, bottomExtents, _bottomShape.Rank);
                    values[i] = Tensor(tops[i].Storage.Data, topExtents, _topShape.Rank);
                }

                int status = NativeMethods.cn_layer_backward_from_tops(
                    _handle, HasActivation ? values : null, above, (nuint)count, below, (nuint)count,
                    anyWanted ? gradients : null, flags);
                NativeStatus.ThrowIfFailed(status, ArgumentStyle.ManyBlobs);
            }
        }
        finally
        {
            LetGo(bottoms, tops, held);
        }
    }

    private static void CheckShapes(ReadOnlySpan<Blob<T>> blobs, Shape shape, string name)
    {
        for (int i = 0; i < blobs.Length; i++)
        {
            if (!ReferenceEquals(blobs[i].Shape, shape))
            {
                Check.HasShape(blobs[i].Shape, shape, $"{name}[{i}]");
            }
        }
    }

    /// <summary>What is written must be distinct.</summary>
    private static void CheckDistinct(ReadOnlySpan<Blob<T>> blobs, string name)
    {
        for (int i = 0; i < blobs.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (ReferenceEquals(blobs[i].Storage, blobs[j].Storage))
                {
                    throw new ArgumentException($"{name}[{i}] is the same blob as {name}[{j}].", $"{name}[{i}]");
                }
            }
        }
    }

    private static void CheckNotNull(ReadOnlySpan<Blob<T>> blobs, string name)
    {
        for (int i = 0; i < blobs.Length; i++)
        {
            if (blobs[i] is null)
            {
                throw new ArgumentNullException($"{name}[{i}]");
            }
        }
    }

    /// <summary>Holds all blobs, first the bottoms; <paramref name="held"/> counts how far it came.</summary>
    private static void Hold(ReadOnlySpan<Blob<T>> bottoms, ReadOnlySpan<Blob<T>> tops, ref int held)
    {
        for (int i = 0; i < bottoms.Length + tops.Length; i++)
        {
            bool added = false;
            (i < bottoms.Length ? bottoms[i] : tops[i - bottoms.Length]).Hold(ref added);
            held++;
        }
    }

    private static void LetGo(ReadOnlySpan<Blob<T>> bottoms, ReadOnlySpan<Blob<T>> tops, int held)
    {
        for (int i = 0; i < held; i++)
        {
            (i < bottoms.Length ? bottoms[i] : tops[i - bottoms.Length]).LetGo();
        }
    }

    private void CheckBlobs(ReadOnlySpan<Blob<T>> bottoms, ReadOnlySpan<Blob<T>> tops)
    {
        ThrowIfDisposed();
        if (bottoms.IsEmpty)
        {
            throw new ArgumentException("There is no bottom; at least one is needed.", nameof(bottoms));
        }

        if (tops.Length != bottoms.Length)
        {
            throw new ArgumentException(
                $"There are {tops.Length} tops for {bottoms.Length} bottoms; as many are needed.", nameof(tops));
        }

        CheckNotNull(bottoms, nameof(bottoms));
        CheckNotNull(tops, nameof(tops));
        for (int i = 0; i < bottoms.Length; i++)
        {
            Here(bottoms[i], nameof(bottoms));
            Here(tops[i], nameof(tops));
        }

        CheckDistinct(tops, nameof(tops));
        for (int i = 0; i < tops.Length; i++)
        {
            for (int j = 0; j < bottoms.Length; j++)
            {
                if (ReferenceEquals(tops[i].Storage, bottoms[j].Storage) && !(MayWriteInPlace && i == j))
                {
                    throw new ArgumentException(
                        $"tops[{i}] is the same blob as bottoms[{j}]; what is written must not share memory with what is read.",
                        $"tops[{i}]");
                }
            }
        }
    }
}
