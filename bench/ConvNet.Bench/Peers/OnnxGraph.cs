using System.Runtime.InteropServices;
using Google.Protobuf;

namespace ConvNet.Bench;

/// <summary>
/// Writes an ONNX model: nodes in the order of their computation, with their weights inside. Only the fields that this
/// takes, by their numbers in the ONNX format.
/// </summary>
internal sealed class OnnxGraph
{
    private const int Float = 1;

    private readonly List<byte[]> _nodes = [];
    private readonly List<byte[]> _tensors = [];

    /// <summary>Adds a constant tensor.</summary>
    public string AddTensor(string name, Shape shape, ReadOnlySpan<float> values)
    {
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        _tensors.Add(Message(output =>
        {
            foreach (long extent in shape)
            {
                WriteNumber(output, 1, extent);
            }

            WriteNumber(output, 2, Float);
            WriteText(output, 8, name);
            WriteBytes(output, 9, bytes);
        }));
        return name;
    }

    /// <summary>Adds an operation whose result has the given name.</summary>
    public void AddNode(string operation, string[] inputs, string result, params OnnxAttribute[] attributes) =>
        _nodes.Add(Message(output =>
        {
            foreach (string input in inputs)
            {
                WriteText(output, 1, input);
            }

            WriteText(output, 2, result);
            WriteText(output, 4, operation);
            foreach (OnnxAttribute attribute in attributes)
            {
                WriteBytes(output, 5, Message(attribute.Write));
            }
        }));

    /// <summary>The model, with one input and one output.</summary>
    public byte[] ToModel(string input, Shape inputShape, string result)
    {
        byte[] graph = Message(output =>
        {
            _nodes.ForEach(node => WriteBytes(output, 1, node));
            WriteText(output, 2, "net");
            _tensors.ForEach(tensor => WriteBytes(output, 5, tensor));
            WriteBytes(output, 11, Value(input, inputShape));
            WriteBytes(output, 12, Value(result, null));
        });
        return Message(output =>
        {
            WriteNumber(output, 1, 8); // version of the format
            WriteBytes(output, 7, graph);
            WriteBytes(output, 8, Message(set => WriteNumber(set, 2, 13))); // version of the operators
        });
    }

    internal static void WriteNumber(CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    internal static void WriteText(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    private static byte[] Value(string name, Shape? shape) => Message(output =>
    {
        WriteText(output, 1, name);
        WriteBytes(output, 2, Message(type => WriteBytes(type, 1, Message(tensor =>
        {
            WriteNumber(tensor, 1, Float);
            if (shape is not null)
            {
                WriteBytes(tensor, 2, Message(extents =>
                {
                    foreach (long extent in shape)
                    {
                        WriteBytes(extents, 1, Message(dimension => WriteNumber(dimension, 1, extent)));
                    }
                }));
            }
        }))));
    });

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            write(output);
        }

        return stream.ToArray();
    }

    private static void WriteBytes(CodedOutputStream output, int field, byte[] bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes));
    }
}
