using ConvNet.Caffe.Proto;

namespace ConvNet.Caffe.Text;

/// <summary>A net as its prototxt gives it, with the places that its parts came from.</summary>
/// <param name="Net">The message.</param>
/// <param name="File">The file, or null.</param>
/// <param name="Positions">Places by path, for example <c>layer[2].convolution_param.stride_h</c>.</param>
/// <param name="Warnings">Fields that were skipped.</param>
internal sealed record PrototxtDocument(
    NetParameter Net,
    string? File,
    IReadOnlyDictionary<string, SourcePosition> Positions,
    IReadOnlyList<string> Warnings)
{
    /// <summary>Where the part of the given path begins; the start of the text when it is not in it.</summary>
    public SourcePosition PositionOf(string path) =>
        Positions.TryGetValue(path, out var position) ? position : new SourcePosition(File, 1, 1);
}
