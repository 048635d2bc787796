namespace ConvNet;

/// <summary>What n is in the fillers that scale with it.</summary>
public enum VarianceNorm
{
    /// <summary>n = fan_in = count / shape[0].</summary>
    FanIn = 0,

    /// <summary>n = fan_out = count / shape[1].</summary>
    FanOut = 1,

    /// <summary>n = (fan_in + fan_out) / 2.</summary>
    Average = 2,
}
