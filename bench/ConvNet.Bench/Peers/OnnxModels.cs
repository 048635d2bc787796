namespace ConvNet.Bench;

/// <summary>The library's layers as operations of ONNX.</summary>
internal static class OnnxModels
{
    public const string Input = "x";
    public const string Result = "y";

    /// <summary>A model of one layer.</summary>
    public static byte[] OfLayer(BenchLayer layer, Workload workload)
    {
        OnnxGraph graph = new();
        AddConvolution(
            graph, layer.Transposed, layer.Options(Engine.Auto), workload.Weights, workload.Bias, Input, Result);
        return graph.ToModel(Input, layer.Input(workload.Batch), Result);
    }

    /// <summary>Adds a layer with a square kernel.</summary>
    public static void AddConvolution(OnnxGraph graph, bool transposed, ConvolutionOptions options, Blob<float> weights,
        Blob<float> bias, string input, string result)
    {
        string[] inputs =
        [
            input,
            graph.AddTensor($"{result}_weights", weights.Shape, weights.Data),
            graph.AddTensor($"{result}_bias", bias.Shape, bias.Data),
        ];
        long kernel = options.Kernel[0];
        long stride = First(options.Stride, 1);
        long dilation = First(options.Dilation, 1);
        long pad = First(options.Pad, 0);
        graph.AddNode(transposed ? "ConvTranspose" : "Conv", inputs, result,
            new("kernel_shape", [kernel, kernel]),
            new("strides", [stride, stride]),
            new("dilations", [dilation, dilation]),
            new("pads", [pad, pad, pad, pad]),
            new("group", options.Group));
    }

    private static long First(PerAxis values, long missing) => values.Count == 0 ? missing : values[0];
}
