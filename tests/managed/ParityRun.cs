using System.Numerics;

namespace ConvNet.Tests;

/// <summary>Runs one case on the public API and compares it with the golden file.</summary>
internal sealed class ParityRun<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Guard = 64;

    private static readonly T GuardValue = T.CreateChecked(-12345);

    private readonly ParityCase _case;
    private readonly Engine _engine;
    private readonly GoldenTensor[] _golden;
    private readonly ParityNumbers _numbers;
    private readonly Fnv1A _digest = new();
    private readonly List<string> _failures = [];
    private readonly List<T[]> _parameters = [];
    private int _next;

    public ParityRun(ParityCase @case, Engine engine, GoldenTensor[] golden)
    {
        _case = @case;
        _engine = engine;
        _golden = golden;
        _numbers = new ParityNumbers(@case.Seed);
    }

    public IReadOnlyList<string> Failures => _failures;

    public ulong Digest => _digest.Value;

    public static Layer<T> CreateLayer(ParityCase @case, Engine engine, Device device)
    {
        ConvolutionOptions options = @case.Options with { Engine = engine };
        return @case.Layer switch
        {
            "conv" => new Convolution<T>(device, options),
            "deconv" => new Deconvolution<T>(device, options),
            _ => new Im2col<T>(device, options),
        };
    }

    public void Run()
    {
        using Device device = Device.CreateCpu(_case.Device);
        using Layer<T> layer = CreateLayer(_case, _engine, device);
        foreach (Shape shape in _case.Steps)
        {
            layer.Reshape(shape);
            CheckEngine(layer);
            if (_parameters.Count == 0)
            {
                SetParameters(layer);
            }

            for (int call = 0; call < _case.Calls; call++)
            {
                // One bottom goes through spans with guards around them, several through blobs.
                if (_case.Bottoms == 1)
                {
                    RunSpans(layer);
                }
                else
                {
                    RunBlobs(device, layer);
                }
            }

            CompareParameterGradients(layer);
        }

        Check(_next == _golden.Length, "there are fewer results than golden ones");
        for (int i = 0; i < _parameters.Count; i++)
        {
            Check(layer.Parameters[i].Data.SequenceEqual(_parameters[i]), "a parameter was changed");
        }
    }

    private static T[] Guarded(long count)
    {
        var memory = new T[count + (2 * Guard)];
        memory.AsSpan().Fill(GuardValue);
        memory.AsSpan(Guard, (int)count).Fill(T.NaN);
        return memory;
    }

    private static Span<T> Inside(T[] memory) => memory.AsSpan(Guard, memory.Length - (2 * Guard));

    private void SetParameters(Layer<T> layer)
    {
        for (int i = 0; i < layer.Parameters.Count; i++)
        {
            _parameters.Add(Draw(layer.Parameters[i].Count));
            layer.Parameters[i].CopyFrom(_parameters[i]);
            layer.SetParamPropagateDown(i, !_case.IsFrozen(i));
        }
    }

    private void CheckEngine(Layer<T> layer)
    {
        if (_engine != Engine.Auto)
        {
            bool computes = layer is BaseConvolutionLayer<T> { Plan: var plan } && plan.Engine == _engine;
            Check(computes, "another engine computes");
        }
    }

    private T[] Draw(long count) => _numbers.Draw<T>(count, _case.HasIntegers);

    private void RunSpans(Layer<T> layer)
    {
        T[] bottom = Draw(layer.BottomShape.Count), topDiff = Draw(layer.TopShape.Count);
        T[] bottomBefore = [.. bottom], topDiffBefore = [.. topDiff];
        T[] top = Guarded(layer.TopShape.Count), bottomDiff = Guarded(layer.BottomShape.Count);
        layer.Forward(bottom, Inside(top));
        Span<T> wanted = _case.Propagates(0) ? Inside(bottomDiff) : default;
        if (_case.HasActivation)
        {
            layer.Backward(Inside(top), topDiff, bottom, wanted);
        }
        else
        {
            layer.Backward(topDiff, bottom, wanted);
        }

        CheckInputs(bottom, bottomBefore);
        CheckInputs(topDiff, topDiffBefore);
        CheckGuards(top);
        CheckGuards(bottomDiff);
        Compare(Inside(top));
        CompareBottomGradient(0, Inside(bottomDiff));
    }

    private void RunBlobs(Device device, Layer<T> layer)
    {
        Blob<T>[] bottoms = CreateBlobs(device, layer.BottomShape), tops = CreateBlobs(device, layer.TopShape);
        var bottomValues = new T[_case.Bottoms][];
        var topDiffs = new T[_case.Bottoms][];
        for (int i = 0; i < _case.Bottoms; i++)
        {
            bottomValues[i] = Draw(layer.BottomShape.Count);
            topDiffs[i] = Draw(layer.TopShape.Count);
            bottoms[i].CopyFrom(bottomValues[i]);
            bottoms[i].MutableDiff.Fill(T.NaN);
            tops[i].MutableData.Fill(T.NaN);
            topDiffs[i].CopyTo(tops[i].MutableDiff);
        }

        layer.Forward(bottoms, tops);
        layer.Backward(tops, bottoms, [.. Enumerable.Range(0, _case.Bottoms).Select(_case.Propagates)]);
        for (int i = 0; i < _case.Bottoms; i++)
        {
            CheckInputs(bottoms[i].Data, bottomValues[i]);
            CheckInputs(tops[i].Diff, topDiffs[i]);
            Compare(tops[i].Data);
        }

        for (int i = 0; i < _case.Bottoms; i++)
        {
            CompareBottomGradient(i, bottoms[i].Diff);
        }

        Array.ForEach(bottoms, blob => blob.Dispose());
        Array.ForEach(tops, blob => blob.Dispose());
    }

    private Blob<T>[] CreateBlobs(Device device, Shape shape) =>
        [.. Enumerable.Range(0, _case.Bottoms).Select(_ => new Blob<T>(device, shape))];

    private void CompareBottomGradient(int i, ReadOnlySpan<T> values)
    {
        if (_case.Propagates(i))
        {
            Compare(values);
        }
        else
        {
            Check(!values.ContainsAnyExcept(T.NaN), "a bottom's gradient was written that was not wanted");
        }
    }

    private void CompareParameterGradients(Layer<T> layer)
    {
        for (int i = 0; i < _parameters.Count; i++)
        {
            if (_case.IsFrozen(i))
            {
                Check(!layer.Parameters[i].Diff.ContainsAnyExcept(T.Zero), "a frozen parameter has a gradient");
            }
            else
            {
                Compare(layer.Parameters[i].Diff);
            }
        }
    }

    private void Compare(ReadOnlySpan<T> values)
    {
        _digest.Add(values);
        int index = _next++;
        if (index >= _golden.Length || _golden[index].Value.Length != values.Length)
        {
            Check(false, $"result {index} has another size than the golden one");
            return;
        }

        GoldenTensor golden = _golden[index];
        int wrong = 0;
        string first = "";
        for (int i = 0; i < values.Length; i++)
        {
            double error = Math.Abs(double.CreateChecked(values[i]) - golden.Value[i]);
            double most = _case.HasIntegers ? 0 : golden.Tolerance(i, _case.IsDouble);
            if (!(error <= most) && wrong++ == 0) // also when it is NaN
            {
                first = $"element {i} is {values[i]} instead of {golden.Value[i]}";
            }
        }

        Check(wrong == 0, $"result {index}: {wrong} of {values.Length} elements are wrong; {first}");
    }

    private void CheckInputs(ReadOnlySpan<T> now, ReadOnlySpan<T> before) =>
        Check(now.SequenceEqual(before), "an input was changed");

    private void CheckGuards(T[] memory)
    {
        bool untouched = !memory.AsSpan(0, Guard).ContainsAnyExcept(GuardValue)
            && !memory.AsSpan(memory.Length - Guard).ContainsAnyExcept(GuardValue);
        Check(untouched, "memory around an output was written");
    }

    private void Check(bool right, string otherwise)
    {
        if (!right)
        {
            _failures.Add(otherwise);
        }
    }
}
