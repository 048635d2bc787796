using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using ConvNet;
using ConvNet.Caffe;
using ConvNet.Samples;
using ConvNet.Samples.Upscale;
using Spectre.Console;

const int Failed = 1;
const int Misused = 2;

Arguments? arguments;
try
{
    arguments = Arguments.Parse(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine($"{e.Message} 'Upscale --help' tells what is.");
    return Misused;
}
if (arguments is null)
{
    Console.WriteLine(Arguments.Help);
    return 0;
}
try
{
    PictureFile.CheckWritable(arguments.Output);
    var source = PictureFile.Load(arguments.Input);
    if (4L * source.Width * source.Height > Picture.MaxPixels)
    {
        throw new PictureException(
            $"'{arguments.Input}' has {source.Width}x{source.Height} pixels, and twice that is more than a picture can have.");
    }
    var clock = Stopwatch.StartNew();
    var doubled = AnsiConsole.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .Start(context => Upscale(source, arguments, context));
    PictureFile.Save(doubled, arguments.Output);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{arguments.Output}: {source.Width}x{source.Height} became {doubled.Width}x{doubled.Height}, {clock.Elapsed.TotalSeconds:F1} s"));
    return 0;
}
catch (Exception e) when (e is PictureException or CaffeException or ConvNetException or ConvNetLoadException
    or OutOfMemoryException or IOException)
{
    Console.Error.WriteLine(e is OutOfMemoryException
        ? $"There is not enough memory for this picture: try a smaller --tile. ({e.Message})"
        : e.Message);
    return Failed;
}

static Picture Upscale(Picture source, Arguments arguments, ProgressContext context)
{
    var bar = context.AddTask($"{source.Width}x{source.Height}", maxValue: 1);
    return arguments.Double ? Run<double>() : Run<float>();

    Picture Run<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var upscaler = new Upscaler<T>(arguments.Tile, arguments.Threads);
        return upscaler.Upscale(source, new Reporter(bar));
    }
}

/// <summary>Moves the bar at once; the framework's own class would do so later, on another thread.</summary>
internal sealed class Reporter(ProgressTask bar) : IProgress<double>
{
    public void Report(double value) => bar.Value = value;
}
