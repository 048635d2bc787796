namespace ConvNet.Samples;

/// <summary>
/// Peak signal-to-noise ratio: 10 log10(255^2 / mean squared difference), over red, green and blue of all pixels.
/// </summary>
public static class Psnr
{
    /// <summary>The ratio in dB of two pictures of one size; infinite when they are equal.</summary>
    public static double Between(Picture a, Picture b) => Between(a, i => b.Rgba[i]);

    /// <summary>The ratio in dB of a picture and colours in planes.</summary>
    public static double Between(Picture a, ColourPlanes b) =>
        Between(a, i => b.Values[(i % 4 * b.PlaneLength) + (i / 4)] * 255.0);

    private static double Between(Picture a, Func<int, double> other)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Rgba.Length; i++)
        {
            if (i % 4 < 3)
            {
                var difference = a.Rgba[i] - other(i);
                sum += difference * difference;
            }
        }
        return 10 * Math.Log10(255.0 * 255.0 / (sum / (a.Rgba.Length / 4 * 3)));
    }
}
