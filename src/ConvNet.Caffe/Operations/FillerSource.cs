using ConvNet.Caffe.Graph;
using ConvNet.Caffe.Proto;

namespace ConvNet.Caffe.Operations;

/// <summary>Makes fillers of their descriptions, each with its own seed.</summary>
internal sealed class FillerSource(ulong seed)
{
    private static readonly string[] KnownTypes =
        ["constant", "uniform", "gaussian", "positive_unitball", "xavier", "msra", "bilinear"];

    private ulong _next = seed;

    /// <summary>The filler of a parameter.</summary>
    /// <param name="layer">The layer, for messages.</param>
    /// <param name="filler">Its description; null for constant 0.</param>
    public Filler Create(LayerDefinition layer, FillerParameter? filler)
    {
        filler ??= new FillerParameter();
        var norm = (VarianceNorm)filler.VarianceNorm;
        Filler made = filler.Type switch
        {
            "constant" => Filler.Constant(filler.Value),
            "uniform" => Filler.Uniform(filler.Min, filler.Max),
            "gaussian" => Filler.Gaussian(filler.Mean, filler.Std, filler.Sparse < 0 ? null : filler.Sparse),
            "positive_unitball" => Filler.PositiveUnitball(),
            "xavier" => Filler.Xavier(norm),
            "msra" => Filler.Msra(norm),
            "bilinear" => Filler.Bilinear(),
            _ => throw layer.Error($"unknown filler '{filler.Type}'; known are {string.Join(", ", KnownTypes)}"),
        };
        return made with { Seed = _next++ };
    }
}
