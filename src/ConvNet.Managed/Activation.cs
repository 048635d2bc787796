using System.Diagnostics.CodeAnalysis;

namespace ConvNet;

/// <summary>What is done to the sums of a convolution or deconvolution, bias included, as they are written.</summary>
[SuppressMessage("Naming", "CA1724", Justification = "It is what the field calls it, and .NET has no remoting any more.")]
public enum Activation
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>What is above 0 stays, and the rest is multiplied by <see cref="ConvolutionOptions.NegativeSlope"/>.</summary>
    Relu = 1,
}
