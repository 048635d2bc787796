using ConvNet.Bench;
using Microsoft.ML.OnnxRuntime;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>
/// The forward pass against ONNX Runtime, an implementation that shares neither code nor authors with this one, on all
/// cases of tests/parity/cases.txt that it can express.
/// </summary>
[TestFixture]
public sealed class OnnxRuntimeTests
{
    private ParityGolden _golden = null!;

    private static IEnumerable<ParityCase> Cases => ParityCase.All.Where(CanExpress);

    [OneTimeSetUp]
    public void Read_the_golden_file() => _golden = ParityGolden.Read();

    [TestCaseSource(nameof(Cases))]
    public void Forward_equals_that_of_ONNX_Runtime(ParityCase @case)
    {
        using Device device = Device.CreateCpu(@case.Device);
        using Layer<float> layer = ParityRun<float>.CreateLayer(@case, @case.Engines[0], device);
        layer.Reshape(@case.Steps.First());
        var numbers = new ParityNumbers(@case.Seed);
        float[][] parameters = [.. layer.Parameters.Select(blob => numbers.Draw<float>(blob.Count, @case.HasIntegers))];
        for (int i = 0; i < parameters.Length; i++)
        {
            layer.Parameters[i].CopyFrom(parameters[i]);
        }

        float[] bottom = numbers.Draw<float>(layer.BottomShape.Count, @case.HasIntegers);
        var top = new float[layer.TopShape.Count];
        layer.Forward(bottom, top);
        (long[] shape, float[] expected) = RunOnnx(@case, layer, parameters, bottom);

        Assert.That(new Shape(shape), Is.EqualTo(layer.TopShape));
        GoldenTensor bound = _golden.Cases[@case.Name][0];
        for (int i = 0; i < top.Length; i++)
        {
            // Both may be off, in different directions; sums of small integers are exact in any order.
            double tolerance = @case.HasIntegers ? 0 : 2 * bound.Tolerance(i, isDouble: false);
            Assert.That(top[i], Is.EqualTo(expected[i]).Within(tolerance), $"element {i}");
        }
    }

    [Test]
    public void Most_cases_are_compared()
    {
        Assert.That(Cases.Count(), Is.GreaterThan(200));
    }

    // Float convolutions of one to three spatial axes behind one batch axis.
    private static bool CanExpress(ParityCase @case)
    {
        int rank = @case.Steps.First().Rank;
        int axis = @case.Axis < 0 ? @case.Axis + rank : @case.Axis;
        return !@case.IsDouble && @case.Layer != "im2col" && axis == 1 && rank is >= 3 and <= 5;
    }

    private static (long[] Shape, float[] Values) RunOnnx(
        ParityCase @case, Layer<float> layer, float[][] parameters, float[] bottom)
    {
        ConvolutionOptions options = @case.Options;
        Shape weights = layer.Parameters[0].Shape;
        int axes = weights.Rank - 2;
        long[] pads = PerAxis(options.Pad, options.PadH, options.PadW, axes, 0);
        OnnxGraph graph = new();
        List<string> inputs = ["x", graph.AddTensor("w", weights, parameters[0])];
        if (parameters.Length > 1)
        {
            inputs.Add(graph.AddTensor("b", [parameters[1].Length], parameters[1]));
        }

        bool rectifies = options.Activation == Activation.Relu;
        graph.AddNode(@case.Layer == "conv" ? "Conv" : "ConvTranspose", [.. inputs], rectifies ? "sums" : "y",
            new("kernel_shape", [.. weights.Skip(2)]),
            new("strides", PerAxis(options.Stride, options.StrideH, options.StrideW, axes, 1)),
            new("dilations", PerAxis(options.Dilation, null, null, axes, 1)),
            new("pads", [.. pads, .. pads]),
            new("group", options.Group));
        if (rectifies)
        {
            graph.AddNode("PRelu", ["sums", graph.AddTensor("slope", [1], [options.NegativeSlope])], "y");
        }

        using var settings = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(graph.ToModel("x", layer.BottomShape, "y"), settings);
        using var run = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(bottom, [.. layer.BottomShape]);
        using var outputs = session.Run(run, new Dictionary<string, OrtValue> { ["x"] = input }, ["y"]);
        return (outputs[0].GetTensorTypeAndShape().Shape, outputs[0].GetTensorDataAsSpan<float>().ToArray());
    }

    private static long[] PerAxis(PerAxis given, long? h, long? w, int axes, long missing)
    {
        if (h is not null || w is not null)
        {
            return [h ?? missing, w ?? missing];
        }

        return given.Count == axes ? [.. given] : [.. Enumerable.Repeat(given.Count == 0 ? missing : given[0], axes)];
    }
}
