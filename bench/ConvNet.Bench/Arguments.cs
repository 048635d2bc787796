namespace ConvNet.Bench;

/// <summary>What the caller asked for.</summary>
internal sealed record Arguments
{
    public const string Usage = """
        usage: bench cpu [--quick] [--only TEXT] [--write-docs]
          --quick       fewer and shorter measurements
          --only TEXT   only layers with that text in their names, and nothing but layers
          --write-docs  also put the results into docs/performance.md
        """;

    public bool Quick { get; private init; }

    public string? Only { get; private init; }

    public bool WriteDocs { get; private init; }

    /// <summary>Null when they make no sense.</summary>
    public static Arguments? Parse(ReadOnlySpan<string> given)
    {
        if (given is not ["cpu", ..])
        {
            return null;
        }

        Arguments arguments = new();
        for (given = given[1..]; !given.IsEmpty; given = given[1..])
        {
            switch (given)
            {
                case ["--quick", ..]:
                    arguments = arguments with { Quick = true };
                    break;
                case ["--write-docs", ..]:
                    arguments = arguments with { WriteDocs = true };
                    break;
                case ["--only", string only, ..]:
                    arguments = arguments with { Only = only };
                    given = given[1..];
                    break;
                default:
                    return null;
            }
        }

        return arguments;
    }
}
