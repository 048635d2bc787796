namespace ConvNet.Bench;

/// <summary>What of a layer is timed; the numbers are those of problem.hpp.</summary>
internal enum Pass
{
    Forward = 0,
    BackwardData = 1,
    BackwardFilter = 2,
}

internal static class PassNames
{
    /// <summary>As the results name it.</summary>
    public static string Name(this Pass pass) => pass switch
    {
        Pass.Forward => "forward",
        Pass.BackwardData => "backward_data",
        _ => "backward_filter",
    };
}
