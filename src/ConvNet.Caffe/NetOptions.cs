namespace ConvNet.Caffe;

/// <summary>How a net is built from its description.</summary>
public sealed record NetOptions
{
    /// <summary>What the net is built for.</summary>
    public Phase Phase { get; init; } = Phase.Test;

    /// <summary>The level that the <c>min_level</c> and <c>max_level</c> rules of layers are held against; null takes
    /// the net's own <c>state</c>.</summary>
    public int? Level { get; init; }

    /// <summary>Stages that the <c>stage</c> and <c>not_stage</c> rules of layers are held against, in addition to
    /// those of the net's own <c>state</c>.</summary>
    public IReadOnlyList<string> Stages { get; init; } = [];

    /// <summary>Shapes of inputs by name: of those that the description does not declare, and of declared ones that
    /// are to have another shape.</summary>
    public IReadOnlyDictionary<string, Shape> Inputs { get; init; } = new Dictionary<string, Shape>();

    /// <summary>Where the net computes; null takes <see cref="ConvNet.Device.Cpu"/>. The net does not own it.</summary>
    public Device? Device { get; init; }

    /// <summary>The same seed gives the same first weights on every machine; each parameter has its own.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether the net runs forward only: <see cref="Net{T}.Backward"/> is then an error, and a rectifier that
    /// works in place behind a convolution or deconvolution is computed as part of that, which saves reading and writing
    /// the blob once more.</summary>
    public bool InferenceOnly { get; init; }

    /// <summary>Whether gradients reach the inputs as well; null takes the net's own <c>force_backward</c>.</summary>
    public bool? ForceBackward { get; init; }
}
