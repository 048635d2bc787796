using System.Runtime.InteropServices;

namespace ConvNet.Bench;

/// <summary>As problem.hpp declares it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Problem(BenchLayer layer, long batch, long threads)
{
    private readonly long _batch = batch;
    private readonly long _channels = layer.Channels;
    private readonly long _height = layer.Height;
    private readonly long _width = layer.Width;
    private readonly long _outputs = layer.Outputs;
    private readonly long _outHeight = layer.OutHeight;
    private readonly long _outWidth = layer.OutWidth;
    private readonly long _kernel = layer.Kernel;
    private readonly long _stride = layer.Stride;
    private readonly long _pad = layer.Pad;
    private readonly long _dilation = layer.Dilation;
    private readonly long _group = layer.Group;
    private readonly long _transposed = layer.Transposed ? 1 : 0;
    private readonly long _threads = threads;
}
