using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace WebDoubler;

/// <summary>A picture in the portable pixmap format: three bytes a pixel, red, green and blue.</summary>
internal sealed record Pixmap(int Width, int Height, byte[] Pixels)
{
    public static bool TryParse(ReadOnlySpan<byte> file, [NotNullWhen(true)] out Pixmap? picture)
    {
        picture = null;
        int at = 0;
        if (Word(file, ref at) != "P6" || !int.TryParse(Word(file, ref at), CultureInfo.InvariantCulture, out int width)
            || !int.TryParse(Word(file, ref at), CultureInfo.InvariantCulture, out int height) || Word(file, ref at) != "255"
            || width < 1 || height < 1 || file.Length - at != 3L * width * height)
        {
            return false;
        }

        picture = new Pixmap(width, height, file[at..].ToArray());
        return true;
    }

    public static Pixmap From(ReadOnlySpan<float> planes, int width, int height)
    {
        byte[] pixels = new byte[planes.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)Math.Clamp(MathF.Round(planes[(i % 3 * width * height) + (i / 3)]), 0, 255);
        }

        return new Pixmap(width, height, pixels);
    }

    public void CopyTo(Span<float> planes)
    {
        for (int i = 0; i < Pixels.Length; i++)
        {
            planes[(i % 3 * Width * Height) + (i / 3)] = Pixels[i];
        }
    }

    public byte[] ToBytes() =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"P6\n{Width} {Height}\n255\n")), .. Pixels];

    // One word and the single white space that ends it.
    private static string Word(ReadOnlySpan<byte> file, ref int at)
    {
        int length = file[at..].IndexOfAny(" \n\t\r"u8);
        if (length < 0)
        {
            return "";
        }

        string word = Encoding.ASCII.GetString(file.Slice(at, length));
        at += length + 1;
        return word;
    }
}
