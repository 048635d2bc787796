namespace ConvNet.Caffe.Operations;

/// <summary>Runs a function of single elements over whole blobs, on several threads where that pays.</summary>
internal static class Elementwise
{
    /// <summary>Elements that one thread takes at a time: cut at fixed places, so that every vector of a large array
    /// lies the same for any number of threads.</summary>
    private const int ChunkLength = 1 << 15;

    /// <summary>Computes a piece of the output from the same pieces of the inputs.</summary>
    public delegate void Kernel<T>(ReadOnlySpan<T> first, ReadOnlySpan<T> second, Span<T> output);

    /// <summary>Runs the kernel over all elements. The output may be one of the inputs.</summary>
    /// <param name="device">Says how many threads may run.</param>
    /// <param name="first">An input.</param>
    /// <param name="second">An input of the same length.</param>
    /// <param name="output">The output, of the same length.</param>
    /// <param name="kernel">What is computed; it must not look at other elements.</param>
    public static unsafe void Run<T>(
        Device device, ReadOnlySpan<T> first, ReadOnlySpan<T> second, Span<T> output, Kernel<T> kernel)
        where T : unmanaged
    {
        var count = output.Length;
        if (count <= ChunkLength || device.Threads <= 1)
        {
            kernel(first, second, output);
            return;
        }
        fixed (T* a = first, b = second, y = output)
        {
            // A lambda cannot hold the pinned variables themselves.
            var (first0, second0, output0) = ((nint)a, (nint)b, (nint)y);
            Parallel.For(
                0,
                (count + ChunkLength - 1) / ChunkLength,
                new ParallelOptions { MaxDegreeOfParallelism = device.Threads },
                chunk =>
                {
                    var start = chunk * ChunkLength;
                    var length = Math.Min(ChunkLength, count - start);
                    kernel(
                        new ReadOnlySpan<T>((T*)first0 + start, length),
                        new ReadOnlySpan<T>((T*)second0 + start, length),
                        new Span<T>((T*)output0 + start, length));
                });
        }
    }
}
