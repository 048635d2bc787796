using Google.Protobuf;

namespace ConvNet.Bench;

/// <summary>A setting of an operation: a number, an integer, or a list of integers.</summary>
internal sealed class OnnxAttribute
{
    private const int FloatType = 1;
    private const int IntegerType = 2;
    private const int IntegersType = 7;

    private readonly string _name;
    private readonly int _type;
    private readonly Action<CodedOutputStream> _writeValue;

    public OnnxAttribute(string name, float value)
    {
        (_name, _type) = (name, FloatType);
        _writeValue = output =>
        {
            output.WriteTag(2, WireFormat.WireType.Fixed32);
            output.WriteFloat(value);
        };
    }

    public OnnxAttribute(string name, long value)
    {
        (_name, _type) = (name, IntegerType);
        _writeValue = output => OnnxGraph.WriteNumber(output, 3, value);
    }

    public OnnxAttribute(string name, params long[] values)
    {
        (_name, _type) = (name, IntegersType);
        _writeValue = output =>
        {
            foreach (long value in values)
            {
                OnnxGraph.WriteNumber(output, 8, value);
            }
        };
    }

    public void Write(CodedOutputStream output)
    {
        OnnxGraph.WriteText(output, 1, _name);
        _writeValue(output);
        OnnxGraph.WriteNumber(output, 20, _type);
    }
}
