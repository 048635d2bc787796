using System.Globalization;

namespace ConvNet.Samples.Upscale;

/// <summary>What the user asks for.</summary>
/// <param name="Input">The picture to read.</param>
/// <param name="Output">The picture to write.</param>
/// <param name="Tile">The greatest extent of a tile; 0 for none.</param>
/// <param name="Threads">Threads that compute; 0 for all.</param>
/// <param name="Double">Whether to compute in double precision.</param>
internal sealed record Arguments(string Input, string Output, int Tile, int Threads, bool Double)
{
    public const string Help = """
        Doubles the size of a picture with the convolutional net upconv_7.

        Usage: Upscale [options] INPUT OUTPUT

          INPUT         a PNG or JPEG of any size
          OUTPUT        where the doubled picture goes: .png, .jpg or .jpeg

        Options:
          --tile N      work in tiles of at most N x N pixels of the input; less takes less memory and
                        more time; 0 for the whole picture at once (default 128)
          --threads N   compute on N threads; 0 for as many as the machine has (default 0)
          --double      compute in double precision: half as fast, and the same picture to the last
                        bit for every N of --tile, where otherwise a pixel in thousands is off by one
          --help        show this text

        Transparency is kept; a JPEG has none, there the picture is laid on white.
        """;

    /// <summary>Reads a command line; null when help is asked for.</summary>
    /// <exception cref="ArgumentException">It is not understood; the message is meant for the user.</exception>
    public static Arguments? Parse(IReadOnlyList<string> words)
    {
        var (tile, threads, isDouble) = (Tiles.DefaultExtent, 0, false);
        var files = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "--help" or "-h":
                    return null;
                case "--tile":
                    tile = Number(words, ref i);
                    break;
                case "--threads":
                    threads = Number(words, ref i);
                    break;
                case "--double":
                    isDouble = true;
                    break;
                case var word when word.StartsWith("--", StringComparison.Ordinal):
                    throw new ArgumentException($"The option {word} is not known.");
                default:
                    files.Add(words[i]);
                    break;
            }
        }
        return files.Count == 2
            ? new Arguments(files[0], files[1], tile, threads, isDouble)
            : throw new ArgumentException($"Two files are expected, an input and an output; {files.Count} given.");
    }

    private static int Number(IReadOnlyList<string> words, ref int i)
    {
        var option = words[i];
        var text = ++i < words.Count ? words[i] : "nothing";
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ArgumentException($"{option} expects a whole number of 0 or more, found {text}.");
    }
}
