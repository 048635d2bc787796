namespace ConvNet.Samples;

/// <summary>How pictures are cut for the net upconv_7.</summary>
public static class Tiles
{
    /// <summary>Pixels around a tile that the net takes away.</summary>
    public const int Margin = 7;

    /// <summary>Extent of a tile that keeps the program within about 130 MB.</summary>
    public const int DefaultExtent = 128;
}
