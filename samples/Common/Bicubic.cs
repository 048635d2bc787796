namespace ConvNet.Samples;

/// <summary>
/// Doubles the size of a picture by cubic interpolation (Keys, 1981, a = -0.75): pixel centres at halves, borders
/// replicated, results clamped.
/// </summary>
public static class Bicubic
{
    private const double A = -0.75;

    /// <summary>Weights of the four nearest pixels: new pixels lie 1/4 beside the second of them.</summary>
    private static readonly double[] Weights = [Outer(1.25), Inner(0.25), Inner(0.75), Outer(1.75)];

    /// <summary>Doubles the colours of a picture.</summary>
    public static ColourPlanes DoubleColours(Picture source)
    {
        var doubled = new ColourPlanes(source.Width * 2, source.Height * 2);
        for (var channel = 0; channel < 3; channel++)
        {
            DoubleChannel(source, channel).CopyTo(doubled.Values, channel * doubled.PlaneLength);
        }
        return doubled;
    }

    /// <summary>Doubles one channel of a picture.</summary>
    /// <param name="source">The picture.</param>
    /// <param name="channel">0 to 3: red, green, blue, alpha.</param>
    /// <returns>Values from 0 to 1, row by row.</returns>
    public static float[] DoubleChannel(Picture source, int channel)
    {
        var (width, height) = (source.Width, source.Height);
        var wide = new double[width * 2 * height];
        for (var i = 0; i < wide.Length; i++)
        {
            var line = i / (width * 2) * width;
            wide[i] = Interpolate(i % (width * 2), width, x => source.Rgba[((line + x) * 4) + channel] / 255.0);
        }
        var doubled = new float[wide.Length * 2];
        for (var i = 0; i < doubled.Length; i++)
        {
            var column = i % (width * 2);
            var value = Interpolate(i / (width * 2), height, y => wide[(y * width * 2) + column]);
            doubled[i] = (float)Math.Clamp(value, 0, 1);
        }
        return doubled;
    }

    /// <summary>The value at a position of the doubled line.</summary>
    private static double Interpolate(int position, int length, Func<int, double> sample)
    {
        // Odd positions lie 1/4 after a sample, even ones 1/4 before: the same weights, walked the other way.
        var (nearest, step) = (position / 2, position % 2 == 0 ? -1 : 1);
        var sum = 0.0;
        for (var k = 0; k < 4; k++)
        {
            sum += Weights[k] * sample(Math.Clamp(nearest + (step * (k - 1)), 0, length - 1));
        }
        return sum;
    }

    /// <summary>The kernel at a distance of at most 1.</summary>
    private static double Inner(double x) => ((((A + 2) * x) - (A + 3)) * x * x) + 1;

    /// <summary>The kernel at a distance from 1 to 2.</summary>
    private static double Outer(double x) => (((((A * x) - (5 * A)) * x) + (8 * A)) * x) - (4 * A);
}
