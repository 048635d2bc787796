namespace ConvNet.Samples;

/// <summary>Colours as a net gives them: a plane of red, one of green and one of blue, values from 0 to 1.</summary>
/// <param name="width">Pixels in a row.</param>
/// <param name="height">Rows.</param>
public sealed class ColourPlanes(int width, int height)
{
    /// <summary>Pixels in a row.</summary>
    public int Width => width;

    /// <summary>Rows.</summary>
    public int Height => height;

    /// <summary>Values in one plane.</summary>
    public int PlaneLength => width * height;

    /// <summary>The three planes.</summary>
    public float[] Values { get; } = new float[checked(3 * width * height)];

    /// <summary>The colours rounded to bytes, opaque.</summary>
    public Picture ToPicture()
    {
        var picture = new Picture(width, height);
        for (var i = 0; i < picture.Rgba.Length; i++)
        {
            picture.Rgba[i] = i % 4 == 3 ? (byte)255 : (byte)MathF.Round(Values[(i % 4 * PlaneLength) + (i / 4)] * 255f);
        }
        return picture;
    }
}
