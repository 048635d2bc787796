using System.Text.Json.Serialization;

namespace ConvNet.Bench;

/// <summary>One pass of one layer: the library with the engine that it chooses itself, and everybody else.</summary>
/// <param name="Source">The layer.</param>
internal sealed record Row([property: JsonIgnore] BenchLayer Source)
{
    public string Layer => Source.Name;

    /// <summary>convolution or deconvolution.</summary>
    public string Kind => Source.Kind;

    public string Shape => Source.Describe();

    /// <summary>forward, backward_data or backward_filter.</summary>
    public required string Pass { get; init; }

    public required long Batch { get; init; }

    public required int Threads { get; init; }

    /// <summary>The engine that <see cref="ConvNet.Engine.Auto"/> chose, and how it computes the pass.</summary>
    public required string Engine { get; init; }

    public required string Algorithm { get; init; }

    /// <summary>The library's time with that engine: a median, as all times in milliseconds.</summary>
    public required double OursMs { get; init; }

    /// <summary>Billions of multiplications and additions of the formula per second.</summary>
    public required double Gflops { get; init; }

    /// <summary>The same as a part of what the multiply-add loop reaches on as many threads.</summary>
    public required double PeakFraction { get; init; }

    /// <summary>Each peer's time; null when it was not measured.</summary>
    public required IReadOnlyDictionary<string, double?> Peers { get; init; }

    /// <summary>The peer that is nearest to the library, or null when there is none.</summary>
    public required string? BestPeer { get; init; }

    /// <summary>The median over the pairs of the best peer's time over the library's.</summary>
    public required double? Ratio { get; init; }

    /// <summary>That of each peer that was measured.</summary>
    public required IReadOnlyDictionary<string, double> Ratios { get; init; }

    /// <summary>The library's time with each engine; null when that cannot compute the layer.</summary>
    public required IReadOnlyDictionary<string, double?> Engines { get; init; }

    public required double? OnednnWithoutReordersMs { get; init; }

    public required string? OnednnImplementation { get; init; }

    /// <summary>The library's time on one thread, where it was measured beside that on all.</summary>
    public required double? AloneMs { get; init; }

    /// <summary>The median over the pairs of that time over the time on all threads.</summary>
    public required double? Speedup { get; init; }

    public required int Pairs { get; init; }

    /// <summary>The largest difference of anybody's result from the library's, as a part of its largest value; null
    /// when they were not compared.</summary>
    public required double? Difference { get; init; }

    /// <summary>Who that was.</summary>
    public required string? MostDifferent { get; init; }

    public required long WorkspaceBytes { get; init; }
}
