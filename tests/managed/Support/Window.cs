namespace ConvNet.Tests;

/// <summary>Kernel, stride, pad and dilation of every spatial axis, as the tests' own code reads them.</summary>
internal sealed record Window(long[] Kernel, long[] Stride, long[] Pad, long[] Dilation)
{
    public int Axes => Kernel.Length;

    public long Taps => Kernel.Aggregate(1L, (product, extent) => product * extent);

    public static Window Of(ConvolutionOptions options, int axes) => new(
        Spread(options.Kernel, options.KernelH, options.KernelW, axes, 1),
        Spread(options.Stride, options.StrideH, options.StrideW, axes, 1),
        Spread(options.Pad, options.PadH, options.PadW, axes, 0),
        Spread(options.Dilation, null, null, axes, 1));

    public long Extent(int axis) => (Dilation[axis] * (Kernel[axis] - 1)) + 1;

    public long[] Convolved(ReadOnlySpan<long> input)
    {
        var result = new long[Axes];
        for (int axis = 0; axis < Axes; axis++)
        {
            result[axis] = ((input[axis] + (2 * Pad[axis]) - Extent(axis)) / Stride[axis]) + 1;
        }

        return result;
    }

    public long[] Deconvolved(ReadOnlySpan<long> input)
    {
        var result = new long[Axes];
        for (int axis = 0; axis < Axes; axis++)
        {
            result[axis] = (Stride[axis] * (input[axis] - 1)) + Extent(axis) - (2 * Pad[axis]);
        }

        return result;
    }

    private static long[] Spread(PerAxis values, long? h, long? w, int axes, long missing)
    {
        if ((h ?? w) is not null)
        {
            return [h ?? missing, w ?? missing];
        }

        return values.Count == axes && axes > 1
            ? [.. values]
            : [.. Enumerable.Repeat(values.Count == 0 ? missing : values[0], axes)];
    }
}
