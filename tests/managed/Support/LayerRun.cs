using System.Numerics;

namespace ConvNet.Tests;

/// <summary>A layer of a case with random weights, bias and input.</summary>
internal sealed class LayerRun<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly LayerCase _case;

    public LayerRun(LayerCase @case, Device? device = null)
    {
        _case = @case;
        device ??= Device.Cpu;
        Layer = @case.Deconvolution
            ? new Deconvolution<T>(device, @case.Options)
            : new Convolution<T>(device, @case.Options);
        Bottom = new Blob<T>(device, @case.Input);
        Top = new Blob<T>(device, [1]);
        Bottom.CopyFrom(Values.Random<T>(Bottom.Count, 1));
        Layer.Reshape(@case.Input);
        Layer.Weights.CopyFrom(Values.Random<T>(Layer.Weights.Count, 2));
        Layer.Bias?.CopyFrom(Values.Random<T>(Layer.Bias.Count, 3));
    }

    public BaseConvolutionLayer<T> Layer { get; }

    public Blob<T> Bottom { get; }

    public Blob<T> Top { get; }

    public double[] ExpectedTop()
    {
        double[] bottom = Values.ToDouble(Bottom.Data);
        double[] weights = Values.ToDouble(Layer.Weights.Data);
        double[]? bias = Layer.Bias is null ? null : Values.ToDouble(Layer.Bias.Data);
        return _case.Deconvolution
            ? Reference.Deconvolve(bottom, Bottom.Shape, weights, bias, _case.Options)
            : Reference.Convolve(bottom, Bottom.Shape, weights, bias, _case.Options);
    }

    public void Dispose()
    {
        Top.Dispose();
        Bottom.Dispose();
        Layer.Dispose();
    }
}
