using System.Numerics;
using ConvNet.Caffe;

namespace ConvNet.Samples;

/// <summary>
/// Doubles the size of pictures with the net upconv_7, tile by tile, so that memory is bounded whatever their size.
/// </summary>
/// <remarks>
/// An output pixel depends on the input within <see cref="Tiles.Margin"/> pixels. Each tile is read with that margin,
/// and the margin of the picture itself replicates its border, so tiles have no seams. What is left of a difference
/// between tile sizes is rounding: the matrix product may sum in another order at the edge of a tile. In float that is
/// the last bit or two; in double nothing of it is left once the result is a float.
/// </remarks>
/// <typeparam name="T">float, or double at half the speed.</typeparam>
public sealed class Upscaler<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Net<T> _net;
    private readonly Device _device;
    private readonly int _tile;

    /// <summary>Loads the net.</summary>
    /// <param name="tile">The greatest extent of a tile; 0 for the whole picture at once.</param>
    /// <param name="threads">Threads that compute; 0 for as many as the machine has.</param>
    /// <param name="modelFolder">Where the model is; null for the one beside the program.</param>
    public Upscaler(int tile = Tiles.DefaultExtent, int threads = 0, string? modelFolder = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tile);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        var folder = modelFolder ?? Path.Combine(AppContext.BaseDirectory, "models", "upconv_7");
        _tile = tile == 0 ? int.MaxValue : tile;
        _device = Device.CreateCpu(new CpuDeviceOptions { Threads = threads });
        _net = Net<T>.FromPrototxtFile(
            Path.Combine(folder, "scale2.0x_model.prototxt"), new NetOptions { Device = _device, InferenceOnly = true });
        _net.LoadWeights(Path.Combine(folder, "scale2.0x_model.caffemodel"));
    }

    /// <summary>Threads that compute.</summary>
    public int Threads => _device.Threads;

    /// <summary>Takes a finished tile.</summary>
    /// <param name="x">Its left edge in the doubled picture.</param>
    /// <param name="y">Its upper edge in the doubled picture.</param>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="planes">Its colours in three planes, not yet clamped.</param>
    private delegate void TileSink(int x, int y, int width, int height, ReadOnlySpan<T> planes);

    /// <summary>Doubles a picture: the colours by the net, alpha by bicubic interpolation.</summary>
    /// <param name="source">The picture.</param>
    /// <param name="progress">Told the finished part, from 0 to 1.</param>
    public Picture Upscale(Picture source, IProgress<double>? progress = null)
    {
        var doubled = new Picture(source.Width * 2, source.Height * 2);
        Array.Fill(doubled.Rgba, (byte)255);
        ForEachTile(source, progress, (left, top, width, height, planes) =>
        {
            for (var i = 0; i < planes.Length; i++)
            {
                var (channel, y, x) = (i / (width * height), i / width % height, i % width);
                doubled.Rgba[((((top + y) * doubled.Width) + left + x) * 4) + channel] =
                    ToByte(ToFloat(planes[i]));
            }
        });
        if (source.HasAlpha)
        {
            var alpha = Bicubic.DoubleChannel(source, 3);
            for (var i = 0; i < alpha.Length; i++)
            {
                doubled.Rgba[(i * 4) + 3] = ToByte(alpha[i]);
            }
        }
        return doubled;
    }

    /// <summary>Doubles the colours of a picture and keeps them as the net gives them, clamped to 0..1.</summary>
    public ColourPlanes UpscaleColours(Picture source)
    {
        var doubled = new ColourPlanes(source.Width * 2, source.Height * 2);
        ForEachTile(source, null, (left, top, width, height, planes) =>
        {
            for (var i = 0; i < planes.Length; i++)
            {
                var (channel, y, x) = (i / (width * height), i / width % height, i % width);
                doubled.Values[(channel * doubled.PlaneLength) + ((top + y) * doubled.Width) + left + x] =
                    ToFloat(planes[i]);
            }
        });
        return doubled;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _net.Dispose();
        _device.Dispose();
    }

    private static float ToFloat(T value) => float.CreateTruncating(T.Clamp(value, T.Zero, T.One));

    private static byte ToByte(float value) => (byte)MathF.Round(value * 255f);

    private void ForEachTile(Picture source, IProgress<double>? progress, TileSink sink)
    {
        // All tiles have one size, the last ones lie over their neighbours: the net keeps its shape.
        var (width, height) = (Math.Min(_tile, source.Width), Math.Min(_tile, source.Height));
        var (columns, rows) = ((source.Width + width - 1) / width, (source.Height + height - 1) / height);
        var (input, output) = (_net.Inputs.Values.Single(), _net.Outputs.Values.Single());
        var (wide, high) = (width + (2 * Tiles.Margin), height + (2 * Tiles.Margin));
        input.Reshape([1, 3, high, wide]);
        for (var tile = 0; tile < columns * rows; tile++)
        {
            var x = Math.Min(tile % columns * width, source.Width - width);
            var y = Math.Min(tile / columns * height, source.Height - height);
            Cut(source, x - Tiles.Margin, y - Tiles.Margin, wide, high, input.MutableData);
            _net.Forward();
            sink(x * 2, y * 2, width * 2, height * 2, output.Data);
            progress?.Report((tile + 1.0) / (columns * rows));
        }
    }

    /// <summary>Copies a part of the colours, bytes becoming 0..1; outside the picture lies its nearest pixel.</summary>
    private static void Cut(Picture source, int left, int top, int width, int height, Span<T> planes)
    {
        var scale = T.CreateChecked(255);
        for (var y = 0; y < height; y++)
        {
            var line = Math.Clamp(top + y, 0, source.Height - 1) * source.Width;
            for (var x = 0; x < width; x++)
            {
                var pixel = (line + Math.Clamp(left + x, 0, source.Width - 1)) * 4;
                for (var channel = 0; channel < 3; channel++)
                {
                    planes[(((channel * height) + y) * width) + x] = T.CreateChecked(source.Rgba[pixel + channel]) / scale;
                }
            }
        }
    }
}
