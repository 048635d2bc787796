namespace ConvNet.Caffe.Tests;

/// <summary>Files and values that tests use.</summary>
internal static class TestData
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "data", name);

    /// <summary>Values in (-1, 1) that a formula gives, different at every place and never near 0.</summary>
    public static double[] Values(long count, int seed = 0) =>
        [.. Enumerable.Range(0, (int)count).Select(i => Value(i + (seed * 7919)))];

    public static void Fill<T>(Blob<T> blob, int seed = 0)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        blob.CopyFrom([.. Values(blob.Count, seed).Select(value => T.CreateChecked(value))]);
    }

    private static double Value(int i)
    {
        var value = Math.Sin((i * 12.9898) + 1.7) * 437.585;
        var fraction = (2 * (value - Math.Floor(value))) - 1;
        return Math.CopySign(0.05 + (0.9 * Math.Abs(fraction)), fraction);
    }
}
