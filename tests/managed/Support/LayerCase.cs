namespace ConvNet.Tests;

/// <summary>A convolution or deconvolution and its input, named for the test report.</summary>
public sealed record LayerCase(string Name, Shape Input, ConvolutionOptions Options, bool Deconvolution = false)
{
    private static ConvolutionOptions K3 => new() { NumOutput = 4, Kernel = 3, Stride = 2 };

    /// <summary>Caffe's list, then what it leaves out.</summary>
    public static IEnumerable<LayerCase> Convolutions { get; } =
    [
        new("simple", [2, 3, 6, 4], K3),
        new("dilated", [2, 3, 8, 7], K3 with { Stride = 1, Dilation = 2 }),
        new("0-D", [2, 3, 6, 4], K3 with { Kernel = [], Stride = [], Axis = 3 }),
        new("3-D", [2, 3, 5, 6, 4], K3),
        new("dilated 3-D", [2, 3, 6, 7, 8], K3 with { Stride = 1, Dilation = 2 }),
        new("1x1", [2, 3, 6, 4], K3 with { Kernel = 1, Stride = 1 }),
        new("1x1 with stride", [2, 3, 6, 4], K3 with { Kernel = 1 }),
        new("group", [2, 3, 6, 4], K3 with { NumOutput = 3, Group = 3 }),
        new("depthwise with multiplier", [2, 3, 6, 4], K3 with { NumOutput = 6, Group = 3, Pad = 1 }),
        new("no bias", [2, 3, 6, 4], K3 with { BiasTerm = false }),
        new("padded", [2, 3, 6, 4], K3 with { Pad = [2, 1] }),
        new("all at once", [2, 4, 9, 8], K3 with { Group = 2, Kernel = [3, 2], Stride = [2, 1], Pad = [1, 2], Dilation = [2, 3] }),
        new("h and w", [2, 3, 6, 5], new() { NumOutput = 2, KernelH = 3, KernelW = 2, StrideH = 2, StrideW = 1, PadW = 1 }),
        new("1-D", [2, 3, 9], K3 with { Pad = 1 }),
        new("whole input", [3, 3, 4, 5], K3 with { Kernel = [4, 5], Stride = 1 }),
        new("channels last but two by negative axis", [2, 3, 6, 4], K3 with { Axis = -3 }),
        new("two batch axes", [2, 2, 3, 5, 4], K3 with { Axis = 2 }),
        new("no batch axis", [3, 6, 4], K3 with { Axis = 0 }),
    ];

    public static IEnumerable<LayerCase> Deconvolutions { get; } =
    [
        new("simple", [2, 3, 6, 4], K3, true),
        new("dilated", [2, 3, 4, 3], K3 with { Dilation = 2 }, true),
        new("0-D", [2, 3, 6, 4], K3 with { Kernel = [], Stride = [], Axis = 3 }, true),
        new("3-D", [2, 3, 2, 3, 2], K3 with { Kernel = 2, Pad = 1 }, true),
        new("1x1", [2, 3, 6, 4], K3 with { Kernel = 1, Stride = 1 }, true),
        new("group", [2, 3, 6, 4], K3 with { NumOutput = 3, Group = 3 }, true),
        new("no bias", [2, 3, 6, 4], K3 with { BiasTerm = false }, true),
        new("padded", [2, 3, 6, 4], K3 with { Pad = [2, 1] }, true),
        new("all at once", [2, 4, 4, 5], K3 with { Group = 2, Kernel = [3, 2], Stride = [2, 1], Pad = [1, 2], Dilation = [2, 3] }, true),
        new("1x1 input", [3, 4, 1, 1], K3 with { Kernel = [4, 5], Stride = 1 }, true),
        new("stride over kernel", [2, 3, 3, 3], K3 with { Kernel = 2, Stride = 3 }, true),
    ];

    public override string ToString() => Name;
}
