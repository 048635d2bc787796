using System.Runtime.InteropServices;
using Google.Protobuf;

namespace ConvNet.Tests;

/// <summary>
/// An ONNX model of one Conv or ConvTranspose node with its weights and bias inside: only the fields that this takes,
/// by their numbers in the ONNX format.
/// </summary>
internal static class OnnxModel
{
    private const int Float = 1;

    public static byte[] Create(string operation, Shape input, Shape weightsShape, float[] weights, float[]? bias,
        params (string Name, long[] Values)[] attributes)
    {
        byte[] node = Message(output =>
        {
            WriteText(output, 1, "x");
            WriteText(output, 1, "w");
            if (bias is not null)
            {
                WriteText(output, 1, "b");
            }

            WriteText(output, 2, "y");
            WriteText(output, 4, operation);
            foreach ((string name, long[] values) in attributes)
            {
                WriteMessage(output, 5, Attribute(name, values));
            }
        });
        byte[] graph = Message(output =>
        {
            WriteMessage(output, 1, node);
            WriteText(output, 2, "layer");
            WriteMessage(output, 5, Tensor("w", weightsShape, weights));
            if (bias is not null)
            {
                WriteMessage(output, 5, Tensor("b", [bias.Length], bias));
            }

            WriteMessage(output, 11, Value("x", input));
            WriteMessage(output, 12, Value("y", null));
        });
        return Message(output =>
        {
            WriteNumber(output, 1, 8); // version of the format
            WriteMessage(output, 7, graph);
            WriteMessage(output, 8, Message(set => WriteNumber(set, 2, 13))); // version of the operators
        });
    }

    // A single number is written as a list too, but for "group", which is a plain one.
    private static byte[] Attribute(string name, long[] values) => Message(output =>
    {
        const int integer = 2, integers = 7;
        WriteText(output, 1, name);
        bool isPlain = name == "group";
        foreach (long value in values)
        {
            WriteNumber(output, isPlain ? 3 : 8, value);
        }

        WriteNumber(output, 20, isPlain ? integer : integers);
    });

    private static byte[] Tensor(string name, Shape shape, float[] values) => Message(output =>
    {
        foreach (long extent in shape)
        {
            WriteNumber(output, 1, extent);
        }

        WriteNumber(output, 2, Float);
        WriteText(output, 8, name);
        WriteMessage(output, 9, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    });

    private static byte[] Value(string name, Shape? shape) => Message(output =>
    {
        WriteText(output, 1, name);
        WriteMessage(output, 2, Message(type => WriteMessage(type, 1, Message(tensor =>
        {
            WriteNumber(tensor, 1, Float);
            if (shape is not null)
            {
                WriteMessage(tensor, 2, Message(extents =>
                {
                    foreach (long extent in shape)
                    {
                        WriteMessage(extents, 1, Message(dimension => WriteNumber(dimension, 1, extent)));
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

    private static void WriteNumber(CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    private static void WriteText(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    private static void WriteMessage(CodedOutputStream output, int field, byte[] message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(message));
    }
}
