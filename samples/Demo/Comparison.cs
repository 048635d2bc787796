using SkiaSharp;

namespace ConvNet.Samples.Demo;

/// <summary>Draws pictures side by side with their labels, and below each a detail, enlarged.</summary>
internal static class Comparison
{
    private const int Gap = 16;
    private const int LabelHeight = 40;

    /// <summary>What the detail shows: the part of the picture where the eye looks for sharpness.</summary>
    private static readonly SKRectI Detail = SKRectI.Create(150, 50, 128, 128);

    public static Picture Draw(params (string Label, Picture Picture)[] panels)
    {
        var size = panels[0].Picture.Width;
        var info = new SKImageInfo(
            (panels.Length * (size + Gap)) + Gap,
            LabelHeight + (2 * (size + Gap)),
            SKColorType.Rgba8888,
            SKAlphaType.Opaque);
        using var bitmap = new SKBitmap(info);
        using var canvas = new SKCanvas(bitmap);
        var sampling = new SKSamplingOptions(SKFilterMode.Nearest);
        canvas.Clear(new SKColor(24, 26, 30));
        for (var i = 0; i < panels.Length; i++)
        {
            var left = Gap + (i * (size + Gap));
            PixelFont.Draw(canvas, panels[i].Label, left, (LabelHeight - (PixelFont.Height * 3)) / 2, 3, SKColors.White);
            using var picture = PictureFile.ToBitmap(panels[i].Picture);
            using var image = SKImage.FromBitmap(picture);
            canvas.DrawImage(image, left, LabelHeight, sampling);
            canvas.DrawImage(image, Detail, SKRect.Create(left, LabelHeight + size + Gap, size, size), sampling);
        }
        canvas.Flush();
        return new Picture(info.Width, info.Height, bitmap.GetPixelSpan().ToArray());
    }
}
