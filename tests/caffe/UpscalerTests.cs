using ConvNet.Samples;
using NUnit.Framework;
using SkiaSharp;

namespace ConvNet.Caffe.Tests;

/// <summary>A real net with its real weights, on real pictures.</summary>
public class UpscalerTests
{
    private static readonly Picture Astronaut = PictureFile.Load(TestData.PathOf("astronaut.png"));

    private readonly string _folder = Directory.CreateTempSubdirectory("convnet-test").FullName;

    [OneTimeTearDown]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Upconv_7_comes_as_near_the_original_as_it_should()
    {
        var half = Astronaut.Halve();
        using var upscaler = new Upscaler<float>();

        Assert.That(Psnr.Between(Astronaut, upscaler.UpscaleColours(half)), Is.EqualTo(33.41).Within(0.01));
        Assert.That(Psnr.Between(Astronaut, Bicubic.DoubleColours(half)), Is.EqualTo(30.64).Within(0.01));
    }

    [TestCase(16)]
    [TestCase(37)]
    [TestCase(64)]
    public void Tiles_equal_the_whole(int tile)
    {
        var picture = Cut(Astronaut, 180, 60, 83, 61);
        using var whole = new Upscaler<double>(tile: 0);
        using var tiled = new Upscaler<double>(tile);
        var finished = new List<double>();

        Assert.That(tiled.UpscaleColours(picture).Values, Is.EqualTo(whole.UpscaleColours(picture).Values));
        Assert.That(tiled.Upscale(picture, new Recorder(finished)).Rgba, Is.EqualTo(whole.Upscale(picture).Rgba));
        Assert.That(finished, Is.Ordered.And.Count.EqualTo(((83 + tile - 1) / tile) * ((61 + tile - 1) / tile)));
        Assert.That(finished[^1], Is.EqualTo(1));
    }

    [Test]
    public void Tiles_equal_the_whole_but_for_rounding_in_single_precision()
    {
        var picture = Cut(Astronaut, 180, 60, 83, 61);
        using var whole = new Upscaler<float>(tile: 0);
        using var tiled = new Upscaler<float>(tile: 32);

        Assert.That(tiled.UpscaleColours(picture).Values, Is.EqualTo(whole.UpscaleColours(picture).Values).Within(4e-6f));
    }

    [TestCase(1, 1)]
    [TestCase(1, 40)]
    [TestCase(33, 2)]
    public void Pictures_of_any_size_are_doubled(int width, int height)
    {
        using var upscaler = new Upscaler<float>(tile: 16);
        var doubled = upscaler.Upscale(Cut(Astronaut, 100, 100, width, height));

        Assert.That((doubled.Width, doubled.Height), Is.EqualTo((width * 2, height * 2)));
    }

    [Test]
    public void Threads_change_no_bit()
    {
        var picture = Cut(Astronaut, 0, 0, 50, 40);
        using var one = new Upscaler<float>(threads: 1);
        using var three = new Upscaler<float>(threads: 3);

        Assert.That(three.UpscaleColours(picture).Values, Is.EqualTo(one.UpscaleColours(picture).Values));
    }

    [Test]
    public void Alpha_is_doubled_and_colours_do_not_depend_on_it()
    {
        var opaque = Cut(Astronaut, 200, 100, 24, 20);
        var transparent = new Picture(24, 20, [.. opaque.Rgba]);
        for (var i = 3; i < transparent.Rgba.Length; i += 4)
        {
            transparent.Rgba[i] = (byte)(i / 4 % 24 < 12 ? 0 : 200);
        }
        using var upscaler = new Upscaler<float>();
        var path = Path.Combine(_folder, "alpha.png");
        PictureFile.Save(upscaler.Upscale(transparent), path);
        var doubled = PictureFile.Load(path);
        var expected = upscaler.Upscale(opaque);

        Assert.That(expected.HasAlpha, Is.False);
        Assert.That(doubled.Rgba.Where((_, i) => i % 4 < 3), Is.EqualTo(expected.Rgba.Where((_, i) => i % 4 < 3)));
        Assert.That(doubled.Rgba[(10 * 48 * 4) + 3], Is.Zero);
        Assert.That(doubled.Rgba[(10 * 48 * 4) + (47 * 4) + 3], Is.EqualTo(200));
    }

    [Test]
    public void Jpeg_is_read_and_written()
    {
        var path = Path.Combine(_folder, "picture.JPG");
        PictureFile.Save(Astronaut, path);
        var loaded = PictureFile.Load(path);

        Assert.That(File.ReadAllBytes(path)[..2], Is.EqualTo(new byte[] { 0xFF, 0xD8 }));
        Assert.That(Psnr.Between(Astronaut, loaded), Is.GreaterThan(35));
    }

    [Test]
    public void A_jpeg_of_a_transparent_picture_lies_on_white()
    {
        var path = Path.Combine(_folder, "white.jpg");
        PictureFile.Save(new Picture(16, 16), path);

        Assert.That(PictureFile.Load(path).Rgba, Is.All.EqualTo(255));
    }

    [Test]
    public void Png_keeps_every_bit()
    {
        var path = Path.Combine(_folder, "same.png");
        PictureFile.Save(Astronaut, path);

        Assert.That(PictureFile.Load(path).Rgba, Is.EqualTo(Astronaut.Rgba));
        Assert.That(Psnr.Between(Astronaut, Astronaut), Is.EqualTo(double.PositiveInfinity));
    }

    [Test]
    public void Grey_pictures_become_colours()
    {
        var path = Path.Combine(_folder, "grey.png");
        using (var bitmap = new SKBitmap(new SKImageInfo(3, 2, SKColorType.Gray8)))
        {
            bitmap.Erase(new SKColor(90, 90, 90));
            using var file = File.Create(path);
            bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
        }

        Assert.That(PictureFile.Load(path).Rgba, Is.EqualTo(Enumerable.Repeat(new byte[] { 90, 90, 90, 255 }, 6).SelectMany(p => p)));
    }

    [Test]
    public void Files_that_are_no_pictures_are_refused()
    {
        var text = Path.Combine(_folder, "text.png");
        File.WriteAllText(text, "not a picture");
        var cut = Path.Combine(_folder, "cut.png");
        File.WriteAllBytes(cut, File.ReadAllBytes(TestData.PathOf("astronaut.png"))[..20000]);

        Assert.That(() => PictureFile.Load(text), Throws.TypeOf<PictureException>().With.Message.Contains("not a picture"));
        Assert.That(() => PictureFile.Load(cut), Throws.TypeOf<PictureException>().With.Message.Contains("cut short"));
        Assert.That(() => PictureFile.Load(_folder), Throws.TypeOf<PictureException>().With.Message.Contains("is a folder"));
        Assert.That(() => PictureFile.Load(text + "x"), Throws.TypeOf<PictureException>().With.Message.Contains("There is no file"));
        Assert.That(() => PictureFile.CheckWritable("a.bmp"), Throws.TypeOf<PictureException>().With.Message.Contains(".png"));
        Assert.That(() => PictureFile.CheckWritable(Path.Combine(_folder, "no", "a.png")), Throws.TypeOf<PictureException>());
    }

    [TestCase("-L", 1)]
    [TestCase("rot90", 6)]
    public void A_jpeg_is_turned_the_way_its_camera_was_held(string _, int orientation)
    {
        var path = Path.Combine(_folder, $"turned{orientation}.jpg");
        PictureFile.Save(Cut(Astronaut, 0, 0, 32, 16), path);
        var jpeg = File.ReadAllBytes(path);
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1,
            0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
        ];
        File.WriteAllBytes(path, [.. jpeg[..2], .. exif, .. jpeg[2..]]);
        var loaded = PictureFile.Load(path);

        Assert.That((loaded.Width, loaded.Height), Is.EqualTo(orientation == 6 ? (16, 32) : (32, 16)));
    }

    private static Picture Cut(Picture source, int left, int top, int width, int height)
    {
        var part = new Picture(width, height);
        for (var y = 0; y < height; y++)
        {
            source.Rgba.AsSpan((((top + y) * source.Width) + left) * 4, width * 4).CopyTo(part.Rgba.AsSpan(y * width * 4));
        }
        return part;
    }

    private sealed class Recorder(List<double> values) : IProgress<double>
    {
        public void Report(double value) => values.Add(value);
    }
}
