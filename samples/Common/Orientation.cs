using SkiaSharp;

namespace ConvNet.Samples;

/// <summary>Turns a picture upright that a camera stored as its sensor lay.</summary>
internal static class Orientation
{
    /// <summary>The picture as it is meant to be seen.</summary>
    public static Picture Upright(Picture stored, SKEncodedOrigin origin)
    {
        var (swap, mirrorX, mirrorY) = origin switch
        {
            SKEncodedOrigin.TopRight => (false, true, false),
            SKEncodedOrigin.BottomRight => (false, true, true),
            SKEncodedOrigin.BottomLeft => (false, false, true),
            SKEncodedOrigin.LeftTop => (true, false, false),
            SKEncodedOrigin.RightTop => (true, false, true),
            SKEncodedOrigin.RightBottom => (true, true, true),
            SKEncodedOrigin.LeftBottom => (true, true, false),
            _ => (false, false, false),
        };
        if (!swap && !mirrorX && !mirrorY)
        {
            return stored;
        }
        var upright = swap ? new Picture(stored.Height, stored.Width) : new Picture(stored.Width, stored.Height);
        for (var y = 0; y < upright.Height; y++)
        {
            for (var x = 0; x < upright.Width; x++)
            {
                var (fromX, fromY) = swap ? (y, x) : (x, y);
                fromX = mirrorX ? stored.Width - 1 - fromX : fromX;
                fromY = mirrorY ? stored.Height - 1 - fromY : fromY;
                stored.Rgba.AsSpan(((fromY * stored.Width) + fromX) * 4, 4)
                    .CopyTo(upright.Rgba.AsSpan(((y * upright.Width) + x) * 4));
            }
        }
        return upright;
    }
}
