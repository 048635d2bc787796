namespace ConvNet.Bench;

/// <summary>A layer of a known network: square kernel, one image.</summary>
/// <param name="Name">Whose layer it is.</param>
/// <param name="Transposed">Whether it is a deconvolution.</param>
/// <param name="Channels">Channels of the input.</param>
/// <param name="Height">Height of the input.</param>
/// <param name="Width">Width of the input.</param>
/// <param name="Outputs">Channels of the output.</param>
/// <param name="Kernel">Height and width of the kernel.</param>
internal sealed record BenchLayer(
    string Name, bool Transposed, long Channels, long Height, long Width, long Outputs, long Kernel)
{
    public long Stride { get; init; } = 1;

    public long Pad { get; init; }

    public long Dilation { get; init; } = 1;

    public long Group { get; init; } = 1;

    /// <summary>The layers that are timed: every kind of work that the networks of the field ask for.</summary>
    public static IReadOnlyList<BenchLayer> All { get; } =
    [
        Convolution("AlexNet conv2", 96, 27, 256, 5) with { Pad = 2, Group = 2 },
        Convolution("VGG conv3_1", 128, 56, 256, 3) with { Pad = 1 },
        Convolution("ResNet-50 conv1", 3, 224, 64, 7) with { Stride = 2, Pad = 3 },
        Convolution("ResNet-50 1x1", 256, 56, 64, 1),
        Convolution("ResNet-50 7x7 map", 512, 7, 512, 3) with { Pad = 1 },
        Convolution("MobileNet depthwise", 256, 28, 256, 3) with { Pad = 1, Group = 256 },
        Convolution("ResNeXt 32 groups", 512, 56, 512, 3) with { Pad = 1, Group = 32 },
        Deconvolution("DCGAN", 512, 8, 256, 4) with { Stride = 2, Pad = 1 },
        Deconvolution("U-Net", 256, 32, 128, 2) with { Stride = 2 },
        Deconvolution("FCN-8s", 21, 34, 21, 16) with { Stride = 8 },
        Deconvolution("bilinear x2", 64, 64, 64, 4) with { Stride = 2, Pad = 1, Group = 64 },
        Deconvolution("waifu2x", 256, 142, 3, 4) with { Stride = 2, Pad = 3 },
    ];

    public Shape Input => [1, Channels, Height, Width];

    /// <summary>Multiplications that the formula asks for, those with padding included.</summary>
    public long Multiplications(Shape output) =>
        (Transposed ? Input.Count * Outputs : output.Count * Channels) / Group * Kernel * Kernel;

    /// <summary>What it computes, for example "96x27x27 -> 256, k5 s1 p2 g2".</summary>
    public string Describe()
    {
        string text = $"{Channels}x{Height}x{Width} -> {Outputs}, k{Kernel} s{Stride} p{Pad}";
        text += Dilation > 1 ? $" d{Dilation}" : "";
        return Group > 1 ? $"{text} g{Group}" : text;
    }

    private static BenchLayer Convolution(string name, long channels, long size, long outputs, long kernel) =>
        new(name, false, channels, size, size, outputs, kernel);

    private static BenchLayer Deconvolution(string name, long channels, long size, long outputs, long kernel) =>
        new(name, true, channels, size, size, outputs, kernel);
}
