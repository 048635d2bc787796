namespace ConvNet;

/// <summary>How far the results of a layer may be from exact arithmetic.</summary>
public enum Accuracy
{
    /// <summary>
    /// Methods whose error is at most 1e-5 of the result, as Euclidean norms over the whole output: Winograd's
    /// (Lavin and Gray, 2016) and Strassen's (1969), where they are faster, and plain sums.
    /// </summary>
    Default = 0,

    /// <summary>
    /// Plain sums only, whose terms are added in a fixed order: a result does not change with the size of the picture
    /// around it, and sums of small integers are exact.
    /// </summary>
    Strict = 1,
}
