using System.Globalization;

namespace ConvNet.Tests;

/// <summary>One line of tests/parity/cases.txt; the README beside it explains the fields.</summary>
public sealed class ParityCase
{
    private static readonly HashSet<string> Known =
    [
        "name", "layer", "dtype", "shape", "then", "out", "kernel", "kernel_h", "kernel_w", "stride", "stride_h",
        "stride_w", "pad", "pad_h", "pad_w", "dilation", "group", "axis", "bias", "force_nd", "bottoms", "calls",
        "frozen", "propagate", "slope", "workspace", "threads", "engines", "fill", "seed",
    ];

    private readonly Dictionary<string, string> _fields;

    private ParityCase(string line)
    {
        _fields = line.Split(' ').Select(field => field.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        if (_fields.Keys.FirstOrDefault(key => !Known.Contains(key)) is { } unknown)
        {
            throw new FormatException($"Unknown key {unknown} in: {line}");
        }
    }

    public static string File { get; } = Path.Combine(TestPaths.RepositoryRoot, "tests", "parity", "cases.txt");

    public static IReadOnlyList<ParityCase> All { get; } =
    [
        .. System.IO.File.ReadLines(File).Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => new ParityCase(line)),
    ];

    public string Name => _fields["name"];

    public string Layer => _fields["layer"];

    /// <summary>The engines each of which runs the case.</summary>
    public IReadOnlyList<Engine> Engines =>
        _fields.TryGetValue("engines", out string? names)
            ? [.. names.Split(',').Select(name => Enum.Parse<Engine>(name, ignoreCase: true))]
            : Layer == "im2col" ? [Engine.Auto] : [Engine.Auto, Engine.Gemm];

    public bool IsDouble => _fields["dtype"] == "f64";

    public bool HasIntegers => _fields["fill"] == "integer";

    public ulong Seed => ulong.Parse(_fields["seed"], CultureInfo.InvariantCulture);

    public int Bottoms => (int)Number("bottoms", 1);

    public int Calls => (int)Number("calls", 1);

    public bool HasActivation => _fields.ContainsKey("slope");

    public int Axis => (int)Number("axis", 1);

    /// <summary>The shapes that the bottoms have, one after the other.</summary>
    public IEnumerable<Shape> Steps =>
        new[] { "shape", "then" }.Where(_fields.ContainsKey).Select(key => new Shape(Numbers(key, 'x')));

    public CpuDeviceOptions Device =>
        new() { Threads = (int)Number("threads", 2), WorkspaceLimitBytes = Number("workspace", 0) };

    public ConvolutionOptions Options => new()
    {
        Accuracy = HasIntegers ? Accuracy.Strict : Accuracy.Default,
        NumOutput = Number("out", 0),
        BiasTerm = Number("bias", 1) == 1,
        Group = Number("group", 1),
        Kernel = new PerAxis(Numbers("kernel", ',')),
        Stride = new PerAxis(Numbers("stride", ',')),
        Pad = new PerAxis(Numbers("pad", ',')),
        Dilation = new PerAxis(Numbers("dilation", ',')),
        KernelH = NumberOrNull("kernel_h"),
        KernelW = NumberOrNull("kernel_w"),
        StrideH = NumberOrNull("stride_h"),
        StrideW = NumberOrNull("stride_w"),
        PadH = NumberOrNull("pad_h"),
        PadW = NumberOrNull("pad_w"),
        Axis = Axis,
        ForceNdIm2col = Number("force_nd", 0) == 1,
        Activation = HasActivation ? Activation.Relu : Activation.None,
        NegativeSlope = HasActivation ? float.Parse(_fields["slope"], CultureInfo.InvariantCulture) : 0,
    };

    /// <summary>Whether parameter 0 (weights) or 1 (bias) is frozen.</summary>
    public bool IsFrozen(int parameter) => _fields.GetValueOrDefault("frozen", "").Contains("wb"[parameter]);

    public bool Propagates(int bottom) => !_fields.TryGetValue("propagate", out string? flags) || flags[bottom] == '1';

    public override string ToString() => Name;

    private long Number(string key, long missing) => NumberOrNull(key) ?? missing;

    private long? NumberOrNull(string key) =>
        _fields.TryGetValue(key, out string? text) ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    private long[] Numbers(string key, char separator) =>
        _fields.TryGetValue(key, out string? text)
            ? [.. text.Split(separator).Select(part => long.Parse(part, CultureInfo.InvariantCulture))]
            : [];
}
