using System.Runtime.InteropServices;
using SkiaSharp;

namespace ConvNet.Samples;

/// <summary>Reads and writes pictures.</summary>
public static class PictureFile
{
    private const int JpegQuality = 95;

    private static readonly Dictionary<string, SKEncodedImageFormat> Formats = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = SKEncodedImageFormat.Png,
        [".jpg"] = SKEncodedImageFormat.Jpeg,
        [".jpeg"] = SKEncodedImageFormat.Jpeg,
    };

    /// <summary>Reads a PNG, a JPEG or another format that the codec knows, turned the way the camera was held.</summary>
    /// <exception cref="PictureException">The file is missing or no picture.</exception>
    public static Picture Load(string path)
    {
        if (Directory.Exists(path))
        {
            throw new PictureException($"'{path}' is a folder; a picture is expected.");
        }
        if (!File.Exists(path))
        {
            throw new PictureException($"There is no file '{path}'.");
        }
        using var codec = SKCodec.Create(new MemoryStream(ReadAll(path)), out var result);
        if (codec is null)
        {
            throw new PictureException($"'{path}' is not a picture that can be read ({result}); PNG and JPEG can.");
        }
        if ((long)codec.Info.Width * codec.Info.Height > Picture.MaxPixels)
        {
            throw new PictureException(
                $"'{path}' has {codec.Info.Width}x{codec.Info.Height} pixels; {Picture.MaxPixels} are possible.");
        }
        var info = codec.Info.WithColorType(SKColorType.Rgba8888).WithAlphaType(SKAlphaType.Unpremul);
        var picture = new Picture(info.Width, info.Height);
        var pin = GCHandle.Alloc(picture.Rgba, GCHandleType.Pinned);
        try
        {
            result = codec.GetPixels(info, pin.AddrOfPinnedObject());
        }
        finally
        {
            pin.Free();
        }
        return result == SKCodecResult.Success
            ? Orientation.Upright(picture, codec.EncodedOrigin)
            : throw new PictureException($"'{path}' is damaged or cut short ({result}).");
    }

    /// <summary>Checks that a picture can be written there, before long work begins.</summary>
    /// <exception cref="PictureException">It cannot.</exception>
    public static void CheckWritable(string path)
    {
        Format(path);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder))
        {
            throw new PictureException($"There is no folder '{folder}' to write '{Path.GetFileName(path)}' to.");
        }
        if (Directory.Exists(path))
        {
            throw new PictureException($"'{path}' is a folder; the name of a file is expected.");
        }
    }

    /// <summary>Writes a PNG or a JPEG, by the ending of the name. JPEG has no alpha: the picture is laid on white.</summary>
    /// <exception cref="PictureException">The ending is unknown or the file cannot be written.</exception>
    public static void Save(Picture picture, string path)
    {
        var format = Format(path);
        using var bitmap = ToBitmap(picture);
        using var flat = format == SKEncodedImageFormat.Jpeg ? OnWhite(bitmap) : null;
        using var data = (flat ?? bitmap).Encode(format, JpegQuality)
            ?? throw new PictureException(
                $"A picture of {picture.Width}x{picture.Height} pixels cannot be stored as {format}.");
        try
        {
            using var file = File.Create(path);
            data.SaveTo(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PictureException($"'{path}' cannot be written: {e.Message}");
        }
    }

    /// <summary>The picture as a bitmap to draw with.</summary>
    public static SKBitmap ToBitmap(Picture picture)
    {
        var alpha = picture.HasAlpha ? SKAlphaType.Unpremul : SKAlphaType.Opaque;
        var bitmap = new SKBitmap(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, alpha));
        picture.Rgba.CopyTo(bitmap.GetPixelSpan());
        return bitmap;
    }

    private static SKBitmap OnWhite(SKBitmap bitmap)
    {
        var flat = new SKBitmap(bitmap.Info.WithAlphaType(SKAlphaType.Opaque));
        using var canvas = new SKCanvas(flat);
        canvas.Clear(SKColors.White);
        canvas.DrawBitmap(bitmap, 0, 0, new SKSamplingOptions(SKFilterMode.Nearest));
        return flat;
    }

    private static SKEncodedImageFormat Format(string path) =>
        Formats.TryGetValue(Path.GetExtension(path), out var format)
            ? format
            : throw new PictureException(
                $"'{path}' must end in {string.Join(", ", Formats.Keys)}: other formats cannot be written.");

    private static byte[] ReadAll(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PictureException($"'{path}' cannot be read: {e.Message}");
        }
    }
}
