namespace ConvNet.Bench;

internal static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The median of what the second took over what the first took, measured in pairs.</summary>
    public static double PairedRatio(IEnumerable<double> first, IEnumerable<double> second) =>
        Median(first.Zip(second, (one, other) => other / one));

    public static double GeometricMean(IEnumerable<double> values) => Math.Exp(values.Average(Math.Log));

    /// <summary>The largest difference of two results, as a part of the largest value; infinite when one has no number
    /// where it should.</summary>
    public static double LargestDifference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double difference = 0;
        double largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double distance = Math.Abs((double)expected[i] - actual[i]);
            if (double.IsNaN(distance))
            {
                return double.PositiveInfinity;
            }

            difference = Math.Max(difference, distance);
            largest = Math.Max(largest, Math.Abs(expected[i]));
        }

        return difference == 0 ? 0 : difference / largest;
    }
}
