using System.Diagnostics;
using System.Globalization;
using ConvNet;
using ConvNet.Caffe;
using ConvNet.Samples;
using ConvNet.Samples.Demo;

// Doubles a picture that was halved before, and measures how near the original it comes.
const double Expected = 33.40;

var folder = args.Length > 0 ? args[0] : Path.Combine("artifacts", "demo");
try
{
    Directory.CreateDirectory(folder);
    var original = PictureFile.Load(Path.Combine(AppContext.BaseDirectory, "images", "astronaut.png"));
    var half = original.Halve();
    Console.WriteLine(
        $"A photograph of {original.Width}x{original.Height} is averaged down to {half.Width}x{half.Height} and doubled again.");

    var bicubic = Bicubic.DoubleColours(half);
    using var upscaler = new Upscaler<float>();
    var clock = Stopwatch.StartNew();
    var colours = upscaler.UpscaleColours(half);
    var seconds = clock.Elapsed.TotalSeconds;
    var doubled = colours.ToPicture();
    var smooth = bicubic.ToPicture();

    var bicubicPsnr = Psnr.Between(original, bicubic);
    var netPsnr = Psnr.Between(original, colours);
    Save(smooth, "astronaut-bicubic.png");
    Save(doubled, "astronaut-2x.png");
    Save(
        Comparison.Draw(
            ("ORIGINAL", original),
            (Text($"BICUBIC {bicubicPsnr:F2} DB"), smooth),
            (Text($"UPCONV_7 {netPsnr:F2} DB"), doubled)),
        "astronaut-comparison.png");

    Report("bicubic (Keys, a = -0.75)", bicubicPsnr, Psnr.Between(original, smooth));
    Report("upconv_7", netPsnr, Psnr.Between(original, doubled));
    Console.WriteLine(Text($"the net ran {seconds:F2} s on {upscaler.Threads} threads"));
    if (netPsnr < Expected)
    {
        Console.Error.WriteLine(Text(
            $"upconv_7 gave {netPsnr:F3} dB, expected {Expected:F2} dB or more: the net does not compute what it should."));
        return 1;
    }
    return 0;
}
catch (Exception e) when (e is PictureException or CaffeException or ConvNetException or ConvNetLoadException
    or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

void Save(Picture picture, string name)
{
    var path = Path.Combine(folder, name);
    PictureFile.Save(picture, path);
    Console.WriteLine($"wrote {path}");
}

static void Report(string method, double psnr, double rounded) =>
    Console.WriteLine(Text($"{method,-26} {psnr:F3} dB, {rounded:F3} dB after rounding to bytes"));

static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
