namespace ConvNet.Bench;

/// <summary>A layer of a known network, with a square kernel.</summary>
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

    /// <summary>The layer whose matrix product is compared with OpenBLAS's.</summary>
    public static BenchLayer VggConv31 { get; } = Convolution("VGG conv3_1", 128, 56, 256, 3) with { Pad = 1 };

    /// <summary>The layer that should only wait for memory.</summary>
    public static BenchLayer Bilinear { get; } =
        Deconvolution("bilinear x2", 64, 64, 64, 4) with { Stride = 2, Pad = 1, Group = 64 };

    /// <summary>The layers that are timed: every kind of work that the networks of the field ask for.</summary>
    public static IReadOnlyList<BenchLayer> All { get; } =
    [
        Convolution("AlexNet conv1", 3, 227, 96, 11) with { Stride = 4 },
        Convolution("AlexNet conv2", 96, 27, 256, 5) with { Pad = 2, Group = 2 },
        Convolution("VGG conv1_2", 64, 224, 64, 3) with { Pad = 1 },
        VggConv31,
        Convolution("VGG conv5", 512, 14, 512, 3) with { Pad = 1 },
        Convolution("ResNet-50 conv1", 3, 224, 64, 7) with { Stride = 2, Pad = 3 },
        Convolution("ResNet-50 conv2 3x3", 64, 56, 64, 3) with { Pad = 1 },
        Convolution("ResNet-50 conv2 1x1", 256, 56, 64, 1),
        Convolution("ResNet-50 conv3 1x1 s2", 256, 56, 512, 1) with { Stride = 2 },
        Convolution("ResNet-50 conv4 1x1", 1024, 14, 256, 1),
        Convolution("ResNet-50 conv5 3x3", 512, 7, 512, 3) with { Pad = 1 },
        Convolution("MobileNet depthwise", 256, 28, 256, 3) with { Pad = 1, Group = 256 },
        Convolution("MobileNet depthwise s2", 128, 56, 128, 3) with { Stride = 2, Pad = 1, Group = 128 },
        Convolution("ResNeXt 32 groups", 512, 56, 512, 3) with { Pad = 1, Group = 32 },
        new("R-FCN dilated", false, 512, 38, 57, 512, 3) { Pad = 3, Dilation = 3 },
        Deconvolution("DCGAN 1", 100, 1, 512, 4),
        Deconvolution("DCGAN 2", 512, 4, 256, 4) with { Stride = 2, Pad = 1 },
        Deconvolution("DCGAN 3", 512, 8, 256, 4) with { Stride = 2, Pad = 1 },
        Deconvolution("DCGAN 4", 128, 32, 64, 4) with { Stride = 2, Pad = 1 },
        Deconvolution("DCGAN 5", 64, 32, 3, 4) with { Stride = 2, Pad = 1 },
        Deconvolution("U-Net 256", 256, 32, 128, 2) with { Stride = 2 },
        Deconvolution("U-Net 64", 64, 136, 32, 2) with { Stride = 2 },
        Deconvolution("FCN-8s", 21, 34, 21, 16) with { Stride = 8 },
        Deconvolution("FCN-32s", 21, 16, 21, 64) with { Stride = 32 },
        Deconvolution("FCN x2", 21, 34, 21, 4) with { Stride = 2, Group = 21 },
        Bilinear,
        Deconvolution("waifu2x", 256, 142, 3, 4) with { Stride = 2, Pad = 3 },
    ];

    public string Kind => Transposed ? "deconvolution" : "convolution";

    /// <summary>The rows for which fewer multiplications are possible: 3x3, stride 1, 64 channels or more.</summary>
    public bool MayUseWinograd =>
        !Transposed && Kernel == 3 && Stride == 1 && Dilation == 1 && Group == 1 && Channels >= 64 && Outputs >= 64;

    public long OutHeight => Out(Height);

    public long OutWidth => Out(Width);

    public Shape Input(long batch) => [batch, Channels, Height, Width];

    public Shape Output(long batch) => [batch, Outputs, OutHeight, OutWidth];

    public Shape Weights => Transposed
        ? [Channels, Outputs / Group, Kernel, Kernel]
        : [Outputs, Channels / Group, Kernel, Kernel];

    /// <summary>Multiplications and additions that the formula asks for, those with padding included.</summary>
    public double Operations(long batch) =>
        2.0 * (Transposed ? Input(batch).Count * Outputs : Output(batch).Count * Channels) / Group * Kernel * Kernel;

    /// <summary>Bytes of input, output and weights, once each.</summary>
    public double Bytes(long batch) =>
        sizeof(float) * (double)(Input(batch).Count + Output(batch).Count + Weights.Count);

    /// <summary>Whether arithmetic takes longer than memory: 20 operations or more for each byte.</summary>
    public bool IsBoundByArithmetic(long batch)
    {
        const double operationsPerByte = 20;
        return Operations(batch) >= operationsPerByte * Bytes(batch);
    }

    /// <summary>What it computes, for example "96x27x27 -> 256, k5 s1 p2 g2".</summary>
    public string Describe()
    {
        string text = $"{Channels}x{Height}x{Width} -> {Outputs}, k{Kernel} s{Stride} p{Pad}";
        text += Dilation > 1 ? $" d{Dilation}" : "";
        return Group > 1 ? $"{text} g{Group}" : text;
    }

    public ConvolutionOptions Options(Engine engine, Accuracy accuracy = Accuracy.Default) => new()
    {
        NumOutput = Outputs,
        Kernel = [Kernel],
        Stride = [Stride],
        Pad = [Pad],
        Dilation = [Dilation],
        Group = Group,
        Engine = engine,
        Accuracy = accuracy,
        WeightFiller = Filler.Uniform(-1, 1, seed: 2),
        BiasFiller = Filler.Uniform(-1, 1, seed: 3),
    };

    private static BenchLayer Convolution(string name, long channels, long size, long outputs, long kernel) =>
        new(name, false, channels, size, size, outputs, kernel);

    private static BenchLayer Deconvolution(string name, long channels, long size, long outputs, long kernel) =>
        new(name, true, channels, size, size, outputs, kernel);

    private long Out(long size)
    {
        long window = (Dilation * (Kernel - 1)) + 1;
        return Transposed ? ((size - 1) * Stride) + window - (2 * Pad) : ((size + (2 * Pad) - window) / Stride) + 1;
    }
}
