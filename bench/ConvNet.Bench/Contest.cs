using System.Diagnostics;

namespace ConvNet.Bench;

/// <summary>One layer, computed by the library and by the plain loop in turn.</summary>
internal sealed class Contest : IDisposable
{
    // A call shorter than this is repeated, because a clock's step and a timer interrupt would be part of what is seen.
    private static readonly TimeSpan ShortestMeasurement = TimeSpan.FromMilliseconds(10);

    private readonly BenchLayer _case;
    private readonly BaseConvolutionLayer<float> _layer;
    private readonly Blob<float> _bottom;
    private readonly Blob<float> _top;
    private readonly float[] _plainTop;

    public Contest(BenchLayer layer)
    {
        _case = layer;
        _bottom = new Blob<float>(layer.Input);
        _bottom.Fill(Filler.Uniform(-1, 1, seed: 1));
        _layer = Create(layer);
        _layer.Reshape(layer.Input);
        _top = new Blob<float>(_layer.TopShape);
        _plainTop = new float[_top.Count];
    }

    /// <summary>Measures both sides, one after the other, as often as asked.</summary>
    public LayerResult Run(int rounds)
    {
        int libraryCalls = CallsPerMeasurement(RunLibrary);
        int plainCalls = CallsPerMeasurement(RunPlainLoop);
        double difference = LargestDifference();
        var library = new double[rounds];
        var plain = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            // Whatever the machine does besides, it does to both, and the order is not always the same.
            if (round % 2 == 0)
            {
                library[round] = Measure(RunLibrary, libraryCalls);
                plain[round] = Measure(RunPlainLoop, plainCalls);
            }
            else
            {
                plain[round] = Measure(RunPlainLoop, plainCalls);
                library[round] = Measure(RunLibrary, libraryCalls);
            }
        }

        double[] ratios = [.. plain.Zip(library, (p, l) => p / l)];
        double milliseconds = Statistics.Median(library);
        return new LayerResult(_case.Name, _case.Transposed ? "deconvolution" : "convolution", _case.Describe(),
            _layer.Plan.EngineName, _layer.Plan.Forward, milliseconds, Statistics.Median(plain), Statistics.Median(ratios),
            ratios.Min(), ratios.Max(), 2e-6 * _case.Multiplications(_layer.TopShape) / milliseconds, difference);
    }

    public void Dispose()
    {
        _top.Dispose();
        _bottom.Dispose();
        _layer.Dispose();
    }

    private static BaseConvolutionLayer<float> Create(BenchLayer layer)
    {
        ConvolutionOptions options = new()
        {
            NumOutput = layer.Outputs,
            Kernel = [layer.Kernel],
            Stride = [layer.Stride],
            Pad = [layer.Pad],
            Dilation = [layer.Dilation],
            Group = layer.Group,
            WeightFiller = Filler.Uniform(-1, 1, seed: 2),
            BiasFiller = Filler.Uniform(-1, 1, seed: 3),
        };
        return layer.Transposed ? new Deconvolution<float>(options) : new Convolution<float>(options);
    }

    private static int CallsPerMeasurement(Action call)
    {
        call(); // the first call also touches memory and packs weights
        TimeSpan once = TimeSpan.FromMilliseconds(Measure(call, 1));
        return once >= ShortestMeasurement ? 1 : (int)Math.Ceiling(ShortestMeasurement / once);
    }

    private static double Measure(Action call, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
        {
            call();
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls;
    }

    private void RunLibrary() => _layer.Forward(_bottom, _top);

    private void RunPlainLoop() =>
        PlainLoop.Run(_case, _layer.TopShape, _bottom.Data, _layer.Weights.Data, _layer.Bias!.Data, _plainTop);

    /// <summary>The largest difference of the two results, as a part of the largest value.</summary>
    private double LargestDifference()
    {
        double difference = 0;
        double largest = 0;
        ReadOnlySpan<float> top = _top.Data;
        for (int i = 0; i < _plainTop.Length; i++)
        {
            difference = Math.Max(difference, Math.Abs((double)top[i] - _plainTop[i]));
            largest = Math.Max(largest, Math.Abs(_plainTop[i]));
        }

        return difference / largest;
    }
}
