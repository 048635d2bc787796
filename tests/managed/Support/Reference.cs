namespace ConvNet.Tests;

/// <summary>
/// Convolution and deconvolution by nested loops over the definition, in double, written without a look at the library.
/// </summary>
internal static class Reference
{
    /// <summary>top[n, o, i] = bias[o] + sum over c, r of bottom[n, c, i*stride + r*dilation - pad] * W[o, c, r].</summary>
    public static double[] Convolve(double[] bottom, Shape bottomShape, double[] weights, double[]? bias,
        ConvolutionOptions options)
    {
        var problem = new Problem(bottomShape, options, deconvolution: false);
        double[] top = Start(problem, bias);
        problem.ForEachTap((batch, group, near, far, weight) =>
            top[problem.Top(batch, group, near.Channel, near.Position)] +=
                bottom[problem.Bottom(batch, group, far.Channel, far.Position)] * weights[weight]);
        return top;
    }

    /// <summary>top[n, o, i*stride + r*dilation - pad] += bottom[n, c, i] * W[c, o, r].</summary>
    public static double[] Deconvolve(double[] bottom, Shape bottomShape, double[] weights, double[]? bias,
        ConvolutionOptions options)
    {
        var problem = new Problem(bottomShape, options, deconvolution: true);
        double[] top = Start(problem, bias);
        problem.ForEachTap((batch, group, near, far, weight) =>
            top[problem.Top(batch, group, far.Channel, far.Position)] +=
                bottom[problem.Bottom(batch, group, near.Channel, near.Position)] * weights[weight]);
        return top;
    }

    public static Shape TopShape(Shape bottomShape, ConvolutionOptions options, bool deconvolution) =>
        new Problem(bottomShape, options, deconvolution).TopShape;

    private static double[] Start(Problem problem, double[]? bias)
    {
        var top = new double[problem.TopShape.Count];
        if (bias is not null)
        {
            long positions = top.Length / (problem.Batch * bias.Length);
            for (long i = 0; i < top.Length; i++)
            {
                top[i] = bias[i / positions % bias.Length];
            }
        }

        return top;
    }

    /// <summary>One end of a tap: a channel within its group and a position within the spatial axes.</summary>
    private readonly record struct End(long Channel, long Position);

    private sealed class Problem
    {
        private readonly Window _window;
        private readonly bool _deconvolution;
        private readonly long _groups;
        private readonly long _channels;
        private readonly long _outputs;
        private readonly long[] _in;
        private readonly long[] _out;

        public Problem(Shape bottom, ConvolutionOptions options, bool deconvolution)
        {
            int axis = options.Axis < 0 ? options.Axis + bottom.Rank : options.Axis;
            _deconvolution = deconvolution;
            _window = Window.Of(options, bottom.Rank - axis - 1);
            _groups = options.Group;
            _channels = bottom[axis];
            _outputs = options.NumOutput;
            _in = bottom.AsSpan()[(axis + 1)..].ToArray();
            _out = deconvolution ? _window.Deconvolved(_in) : _window.Convolved(_in);
            Batch = Product(bottom.AsSpan()[..axis]);
            TopShape = [.. bottom.AsSpan()[..axis], _outputs, .. _out];
        }

        public delegate void Tap(long batch, long group, End near, End far, long weight);

        public long Batch { get; }

        public Shape TopShape { get; }

        public long Bottom(long batch, long group, long channel, long position) =>
            (((batch * _channels) + (group * _channels / _groups) + channel) * Product(_in)) + position;

        public long Top(long batch, long group, long channel, long position) =>
            (((batch * _outputs) + (group * _outputs / _groups) + channel) * Product(_out)) + position;

        /// <summary>
        /// Visits all pairs that a weight joins. Near is the end with few positions, where the stride counts: the top
        /// of a convolution, the bottom of a deconvolution.
        /// </summary>
        public void ForEachTap(Tap visit)
        {
            long[] small = _deconvolution ? _in : _out;
            long[] large = _deconvolution ? _out : _in;
            long nearChannels = (_deconvolution ? _channels : _outputs) / _groups;
            long farChannels = (_deconvolution ? _outputs : _channels) / _groups;
            for (long near = 0; near < Product(small); near++)
            {
                for (long tap = 0; tap < _window.Taps; tap++)
                {
                    if (FarPosition(near, tap, small, large) is not { } far)
                    {
                        continue;
                    }

                    for (long g = 0; g < _groups; g++)
                    {
                        for (long a = 0; a < nearChannels; a++)
                        {
                            for (long b = 0; b < farChannels; b++)
                            {
                                long weight = (((((g * nearChannels) + a) * farChannels) + b) * _window.Taps) + tap;
                                for (long n = 0; n < Batch; n++)
                                {
                                    visit(n, g, new End(a, near), new End(b, far), weight);
                                }
                            }
                        }
                    }
                }
            }
        }

        private static long Product(ReadOnlySpan<long> extents)
        {
            long product = 1;
            foreach (long extent in extents)
            {
                product *= extent;
            }

            return product;
        }

        private long? FarPosition(long near, long tap, long[] small, long[] large)
        {
            long far = 0;
            long step = 1;
            for (int axis = small.Length - 1; axis >= 0; axis--)
            {
                long i = near % small[axis];
                long r = tap % _window.Kernel[axis];
                near /= small[axis];
                tap /= _window.Kernel[axis];
                long x = (i * _window.Stride[axis]) + (r * _window.Dilation[axis]) - _window.Pad[axis];
                if (x < 0 || x >= large[axis])
                {
                    return null;
                }

                far += x * step;
                step *= large[axis];
            }

            return far;
        }
    }
}
