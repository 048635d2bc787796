namespace ConvNet.Samples;

/// <summary>
/// A picture in memory: red, green, blue and alpha of every pixel, row by row, colours not multiplied by alpha.
/// </summary>
public sealed class Picture
{
    /// <summary>The most pixels that a picture may have: its bytes are one array.</summary>
    public const int MaxPixels = int.MaxValue / 4;

    /// <summary>A picture whose pixels are all zero.</summary>
    public Picture(int width, int height)
        : this(width, height, new byte[CheckedLength(width, height)])
    {
    }

    /// <summary>A picture of given pixels.</summary>
    public Picture(int width, int height, byte[] rgba)
    {
        if (rgba.Length != CheckedLength(width, height))
        {
            throw new ArgumentException(
                $"{width}x{height} pixels need {4L * width * height} bytes, not {rgba.Length}.", nameof(rgba));
        }
        (Width, Height, Rgba) = (width, height, rgba);
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Four bytes for each pixel.</summary>
    public byte[] Rgba { get; }

    /// <summary>Whether a pixel is transparent, at least a little.</summary>
    public bool HasAlpha
    {
        get
        {
            for (var i = 3; i < Rgba.Length; i += 4)
            {
                if (Rgba[i] != 255)
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <summary>Half the size: each pixel is the average of 2x2, rounded. An odd last row or column is dropped.</summary>
    public Picture Halve()
    {
        var half = new Picture(Width / 2, Height / 2);
        for (var i = 0; i < half.Rgba.Length; i++)
        {
            var (pixel, channel) = (i / 4, i % 4);
            var source = (((pixel / half.Width * 2 * Width) + (pixel % half.Width * 2)) * 4) + channel;
            var below = source + (Width * 4);
            var sum = Rgba[source] + Rgba[source + 4] + Rgba[below] + Rgba[below + 4];
            half.Rgba[i] = (byte)((sum + 2) / 4);
        }
        return half;
    }

    private static int CheckedLength(int width, int height)
    {
        if (width < 1 || height < 1 || (long)width * height > MaxPixels)
        {
            throw new ArgumentException(
                $"A picture of {width}x{height} pixels is not possible: at most {MaxPixels} are.");
        }
        return width * height * 4;
    }
}
