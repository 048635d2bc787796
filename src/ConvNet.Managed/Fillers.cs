using System.Diagnostics.CodeAnalysis;
using ConvNet.Interop;

namespace ConvNet;

/// <summary>One value everywhere; 0 is what Caffe's layers start from.</summary>
/// <param name="Value">The value.</param>
public sealed record ConstantFiller(double Value) : Filler
{
    private protected override cn_filler_type NativeType => cn_filler_type.CN_FILLER_CONSTANT;

    private protected override void Describe(ref cn_filler native) => native.value = Value;
}

/// <summary>Uniform in [<see cref="Min"/>, <see cref="Max"/>).</summary>
/// <param name="Min">The lower end.</param>
/// <param name="Max">The upper end.</param>
public sealed record UniformFiller(double Min, double Max) : Filler
{
    private protected override cn_filler_type NativeType => cn_filler_type.CN_FILLER_UNIFORM;

    private protected override void Describe(ref cn_filler native) => (native.min, native.max) = (Min, Max);
}

/// <summary>Normal; a sparse one keeps each value with probability <see cref="Sparse"/> / shape[0].</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Std">The standard deviation, 0 or more.</param>
/// <param name="Sparse">Non-zero values expected per output, or null for all.</param>
public sealed record GaussianFiller(double Mean, double Std, int? Sparse) : Filler
{
    private protected override cn_filler_type NativeType => cn_filler_type.CN_FILLER_GAUSSIAN;

    [SuppressMessage("Usage", "CA2208", Justification = "The wrong value is a property, as for all options.")]
    private protected override void Describe(ref cn_filler native)
    {
        // The native struct says "all" by -1, so a negative value must not slip through as if it were not given.
        if (Sparse is < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(Sparse), Sparse, "Sparse must be 0 or more, or null for all.");
        }

        (native.mean, native.std, native.sparse) = (Mean, Std, Sparse ?? -1);
    }
}

/// <summary>Uniform in [0, 1), then each row divided by its sum.</summary>
public sealed record PositiveUnitballFiller : Filler
{
    private protected override cn_filler_type NativeType => cn_filler_type.CN_FILLER_POSITIVE_UNITBALL;

    private protected override void Describe(ref cn_filler native)
    {
        // It has no numbers.
    }
}

/// <summary>Uniform in +-sqrt(3/n) (Glorot and Bengio, 2010).</summary>
/// <param name="Norm">What n is.</param>
public sealed record XavierFiller(VarianceNorm Norm) : Filler
{
    private protected override cn_filler_type NativeType => cn_filler_type.CN_FILLER_XAVIER;

    private protected override void Describe(ref cn_filler native) => native.variance_norm = (int)Norm;
}

/// <summary>Normal with variance 2/n (He et al., 2015).</summary>
/// <param name="Norm">What n is.</param>
public sealed record MsraFiller(VarianceNorm Norm) : Filler
{
    private protected override cn_filler_type NativeType => cn_filler_type.CN_FILLER_MSRA;

    private protected override void Describe(ref cn_filler native) => native.variance_norm = (int)Norm;
}

/// <summary>
/// Weights of bilinear interpolation, for square 4-D blobs: (1-|x/f-c|)(1-|y/f-c|) with f = ceil(width/2) and
/// c = (width-1)/(2f). Upsampling by s takes a deconvolution with group = num_output = channels, kernel 2s - s%2,
/// stride s and pad ceil((s-1)/2).
/// </summary>
public sealed record BilinearFiller : Filler
{
    private protected override cn_filler_type NativeType => cn_filler_type.CN_FILLER_BILINEAR;

    private protected override void Describe(ref cn_filler native)
    {
        // It has no numbers.
    }
}
