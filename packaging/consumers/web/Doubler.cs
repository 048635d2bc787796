using ConvNet;

namespace WebDoubler;

/// <summary>Doubles pictures with a deconvolution that interpolates between pixels. Serves one caller at a time.</summary>
internal sealed class Doubler : IDisposable
{
    private readonly Deconvolution<float> _layer;
    private readonly Blob<float> _small;
    private readonly Blob<float> _large;

    public Doubler(Device device)
    {
        ConvolutionOptions bilinear = new()
        {
            NumOutput = 3, Group = 3, Kernel = 4, Stride = 2, Pad = 1, BiasTerm = false, WeightFiller = Filler.Bilinear(),
        };
        _layer = new Deconvolution<float>(device, bilinear);
        _small = new Blob<float>(device, [1, 3, 1, 1]);
        _large = new Blob<float>(device, [1, 3, 2, 2]);
    }

    public Pixmap Double(Pixmap picture)
    {
        _small.Reshape([1, 3, picture.Height, picture.Width]);
        picture.CopyTo(_small.MutableData);
        _layer.Reshape(_small.Shape);
        _layer.Forward(_small, _large);
        return Pixmap.From(_large.Data, 2 * picture.Width, 2 * picture.Height);
    }

    public void Dispose()
    {
        _layer.Dispose();
        _small.Dispose();
        _large.Dispose();
    }
}
