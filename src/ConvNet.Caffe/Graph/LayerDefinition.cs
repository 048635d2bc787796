using ConvNet.Caffe.Proto;
using ConvNet.Caffe.Text;

namespace ConvNet.Caffe.Graph;

/// <summary>One layer as its net describes it, and where.</summary>
/// <param name="Parameter">The message.</param>
/// <param name="Document">The text that it came from.</param>
/// <param name="Path">Its path in that text.</param>
internal sealed record LayerDefinition(LayerParameter Parameter, PrototxtDocument Document, string Path)
{
    /// <summary>The name, or the type of a layer that has none.</summary>
    public string Name => Parameter.Name.Length > 0 ? Parameter.Name : $"({Parameter.Type})";

    /// <summary>Where the layer begins.</summary>
    public SourcePosition Position => Document.PositionOf(Path);

    /// <summary>A message about this layer, with its place, for warnings.</summary>
    public string Describe(string message) => $"{Position}: layer '{Name}' ({Parameter.Type}): {message}";

    /// <summary>An error of this layer.</summary>
    public CaffeException Error(string message, Exception? innerException = null) =>
        new(Position, $"layer '{Name}' ({Parameter.Type}): {message}", innerException);
}
