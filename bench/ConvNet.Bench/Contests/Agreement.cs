using System.Globalization;

namespace ConvNet.Bench;

/// <summary>Times of wrong results mean nothing: all who compute a layer must agree on it.</summary>
internal static class Agreement
{
    // Sums of up to a million products, in another order: more than rounding makes of it, less than any mistake.
    private const double LargestDifference = 5e-4;

    /// <summary>A line for each result that differs too much from the others.</summary>
    public static IEnumerable<string> Broken(Results results)
    {
        foreach (Row row in results.Rows)
        {
            if (row.Difference is { } difference && !(difference <= LargestDifference))
            {
                string what = $"{row.Layer}, {row.Pass}, batch {row.Batch}, {row.Threads} threads";
                yield return Line(what, row.MostDifferent!, difference);
            }
        }

        if (results.Net is { } net && !(net.Difference <= LargestDifference))
        {
            yield return Line(NetContest.NetName, PeerNames.OnnxRuntime, net.Difference);
        }
    }

    private static string Line(string what, string who, double difference) => string.Create(
        CultureInfo.InvariantCulture,
        $"{what}: {who} and the library differ by {difference:0.0e+0} of the largest value.");
}
