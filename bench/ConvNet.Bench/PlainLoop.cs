using System.Runtime.InteropServices;

namespace ConvNet.Bench;

/// <summary>The formula as nested loops in C++, compiled like the library and run on one thread.</summary>
internal static partial class PlainLoop
{
    /// <summary>Computes a layer.</summary>
    public static unsafe void Run(BenchLayer layer, Shape output, ReadOnlySpan<float> bottom, ReadOnlySpan<float> weights,
        ReadOnlySpan<float> bias, Span<float> top)
    {
        Problem problem = new(layer, output);
        fixed (float* x = bottom, w = weights, b = bias, y = top)
        {
            if (layer.Transposed)
            {
                Deconvolution(&problem, x, w, b, y);
            }
            else
            {
                Convolution(&problem, x, w, b, y);
            }
        }
    }

    [LibraryImport("convnet_bench", EntryPoint = "convnet_bench_convolution")]
    private static unsafe partial void Convolution(Problem* problem, float* x, float* w, float* b, float* y);

    [LibraryImport("convnet_bench", EntryPoint = "convnet_bench_deconvolution")]
    private static unsafe partial void Deconvolution(Problem* problem, float* x, float* w, float* b, float* y);

    /// <summary>As plain_loop.cpp declares it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Problem(BenchLayer layer, Shape output)
    {
        private readonly long _batch = 1;
        private readonly long _channels = layer.Channels;
        private readonly long _height = layer.Height;
        private readonly long _width = layer.Width;
        private readonly long _outputs = layer.Outputs;
        private readonly long _outHeight = output[2];
        private readonly long _outWidth = output[3];
        private readonly long _kernel = layer.Kernel;
        private readonly long _stride = layer.Stride;
        private readonly long _pad = layer.Pad;
        private readonly long _dilation = layer.Dilation;
        private readonly long _group = layer.Group;
    }
}
