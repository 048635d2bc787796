using System.Runtime.InteropServices;
using ConvNet.Caffe;

namespace ConvNet.Bench;

/// <summary>The net upconv_7, which doubles a picture, against ONNX Runtime with the same net.</summary>
/// <param name="OursMs">The library's time.</param>
/// <param name="OnnxMs">ONNX Runtime's.</param>
/// <param name="Ratio">The median of their ratios.</param>
/// <param name="Difference">The largest difference of the two results, as a part of the largest value.</param>
internal sealed record NetContest(double OursMs, double OnnxMs, double Ratio, double Difference)
{
    public const string NetName = "upconv_7";

    // What the net takes away from a picture of 512x512 on each side is put there before.
    private const long Size = 512 + (2 * 7);

    public static unsafe NetContest Run(Effort effort)
    {
        string model = Path.Combine(RepositoryPaths.Root, "samples", "Upscale", "models", NetName, "scale2.0x_model");
        Shape shape = [1, 3, Size, Size];
        NetOptions options = new()
        {
            InferenceOnly = true,
            Inputs = new Dictionary<string, Shape> { ["input"] = shape },
        };
        using Net<float> net = Net<float>.FromPrototxtFile(model + ".prototxt", options);
        net.LoadWeights(model + ".caffemodel");
        Blob<float> input = net.Inputs["input"];
        input.Fill(Filler.Uniform(0, 1, seed: 6));
        Blob<float> output = net.Outputs.Values.Single();
        var expected = (float*)NativeMemory.AllocZeroed((nuint)output.Count, sizeof(float));
        try
        {
            fixed (float* pixels = input.Data)
            {
                using OnnxSession session = new(
                    ToOnnx(net, shape), Device.Cpu.Threads, shape, pixels, output.Shape, expected);
                void RunLibrary() => net.Forward();
                RunLibrary();
                session.Run();
                double difference = Statistics.LargestDifference(
                    new ReadOnlySpan<float>(expected, (int)output.Count), output.Data);
                double[][] times = Stopwatches.Rounds([RunLibrary, session.Run], effort);
                return new NetContest(Statistics.Median(times[0]), Statistics.Median(times[1]),
                    Statistics.PairedRatio(times[0], times[1]), difference);
            }
        }
        finally
        {
            NativeMemory.Free(expected);
        }
    }

    private static byte[] ToOnnx(Net<float> net, Shape input)
    {
        OnnxGraph graph = new();
        string value = OnnxModels.Input;
        List<NetLayer<float>> layers = [.. net.Layers.Where(layer => layer.Type != "Input")];
        foreach (NetLayer<float> layer in layers)
        {
            string result = layer == layers[^1] ? OnnxModels.Result : layer.Name;
            if (layer.Type == "ReLU")
            {
                graph.AddNode("LeakyRelu", [value], result, new OnnxAttribute("alpha", 0.1F));
            }
            else
            {
                bool transposed = layer.Type == "Deconvolution";
                Blob<float> weights = layer.Parameters[0];
                // As the net's file says: convolutions without padding, and one deconvolution.
                ConvolutionOptions options = new() { Kernel = [weights.Shape[^1]] };
                options = transposed ? options with { Stride = [2], Pad = [3] } : options;
                OnnxModels.AddConvolution(graph, transposed, options, weights, layer.Parameters[1], value, result);
            }

            value = result;
        }

        return graph.ToModel(OnnxModels.Input, input, OnnxModels.Result);
    }
}
