using System.Runtime.CompilerServices;
using ConvNet.Interop;

namespace ConvNet;

/// <summary>
/// A rule that gives a blob its first values. The same rule with the same <see cref="Seed"/> gives the same values on
/// every machine. fan_in = count / shape[0] and fan_out = count / shape[1].
/// </summary>
public abstract record Filler
{
    private protected Filler()
    {
    }

    /// <summary>The seed of the random numbers; two blobs of one shape and one seed get the same values.</summary>
    public ulong Seed { get; init; }

    private protected abstract cn_filler_type NativeType { get; }

    /// <summary>One value everywhere.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The filler.</returns>
    public static ConstantFiller Constant(double value) => new(value);

    /// <summary>Uniform in [min, max).</summary>
    /// <param name="min">The lower end.</param>
    /// <param name="max">The upper end.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The filler.</returns>
    public static UniformFiller Uniform(double min = 0, double max = 1, ulong seed = 0) => new(min, max) { Seed = seed };

    /// <summary>Normal; with <paramref name="sparse"/> each value is kept with probability sparse / shape[0].</summary>
    /// <param name="mean">The mean.</param>
    /// <param name="std">The standard deviation, 0 or more.</param>
    /// <param name="sparse">Non-zero values expected per output, or null for all.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The filler.</returns>
    public static GaussianFiller Gaussian(double mean = 0, double std = 1, int? sparse = null, ulong seed = 0) =>
        new(mean, std, sparse) { Seed = seed };

    /// <summary>Uniform in [0, 1), then each row divided by its sum.</summary>
    /// <param name="seed">The seed.</param>
    /// <returns>The filler.</returns>
    public static PositiveUnitballFiller PositiveUnitball(ulong seed = 0) => new() { Seed = seed };

    /// <summary>Uniform in +-sqrt(3/n).</summary>
    /// <param name="norm">What n is.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The filler.</returns>
    public static XavierFiller Xavier(VarianceNorm norm = VarianceNorm.FanIn, ulong seed = 0) => new(norm) { Seed = seed };

    /// <summary>Normal with variance 2/n.</summary>
    /// <param name="norm">What n is.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The filler.</returns>
    public static MsraFiller Msra(VarianceNorm norm = VarianceNorm.FanIn, ulong seed = 0) => new(norm) { Seed = seed };

    /// <summary>Weights of bilinear interpolation, for square 4-D blobs.</summary>
    /// <returns>The filler.</returns>
    public static BilinearFiller Bilinear() => new();

    internal unsafe void Apply(BlobHandle blob)
    {
        cn_filler native = default;
        native.struct_size = (uint)Unsafe.SizeOf<cn_filler>();
        NativeStatus.ThrowIfFailed(NativeMethods.cn_filler_init(&native));
        native.type = (int)NativeType;
        native.seed = Seed;
        Describe(ref native);
        NativeStatus.ThrowIfFailed(NativeMethods.cn_blob_fill(blob, &native), ArgumentStyle.Options);
    }

    private protected abstract void Describe(ref cn_filler native);
}
