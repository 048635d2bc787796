using ConvNet.Caffe.Proto;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ConvNet.Caffe.Text;

/// <summary>
/// Reads protobuf text format, typed by the schema.
/// </summary>
/// <remarks>
/// The text becomes the binary form, which the generated parser then reads. That needs names, numbers and types of
/// fields from the schema but no access to properties by reflection, so it works when trimmed and compiled ahead of
/// time.
/// <para>
/// An unknown field of a net or a layer is a warning: nets of every age carry fields for data sets, databases and
/// layers that this library has no use for, and must go on loading. An unknown field of a message that the schema
/// has whole (<c>convolution_param</c>, a filler, ...) is an error: there it is a slip, and skipping it would silently
/// change what the net computes.
/// </para>
/// </remarks>
internal sealed class PrototxtReader
{
    /// <summary>Deeper than any net, and shallow enough for any stack.</summary>
    private const int MaxDepth = 64;

    private static readonly MessageDescriptor[] OpenMessages =
    [
        NetParameter.Descriptor, LayerParameter.Descriptor, V1LayerParameter.Descriptor, MemoryDataParameter.Descriptor,
    ];

    private readonly TextLexer _lexer;
    private readonly Dictionary<string, SourcePosition> _positions = [];
    private readonly List<string> _warnings = [];
    private TextToken _token;
    private int _depth;

    private PrototxtReader(string text, string? file)
    {
        _lexer = new TextLexer(text, file);
        _token = _lexer.Next();
    }

    /// <summary>Reads a net.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">Its file, for messages, or null.</param>
    /// <exception cref="CaffeException">The text is at fault; with line and column.</exception>
    public static PrototxtDocument Read(string text, string? file = null)
    {
        var reader = new PrototxtReader(text, file);
        var bytes = reader.ReadFields(NetParameter.Descriptor, "net", "", null);
        return new PrototxtDocument(NetParameter.Parser.ParseFrom(bytes), file, reader._positions, reader._warnings);
    }

    /// <summary>Reads fields up to the closing token, which is taken, and returns the message in binary form.</summary>
    private ByteString ReadFields(MessageDescriptor message, string context, string path, TextToken? opening)
    {
        using var stream = new MemoryStream();
        using var output = new CodedOutputStream(stream);
        var counts = new Dictionary<int, int>();
        var closing = opening is null ? '\0' : opening.Value.IsSymbol('{') ? '}' : '>';
        while (!AtClosing(closing, opening))
        {
            ReadField(message, context, path, output, counts);
            if (_token.IsSymbol(';') || _token.IsSymbol(','))
            {
                Take();
            }
        }
        Take();
        output.Flush();
        return ByteString.CopyFrom(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private bool AtClosing(char closing, TextToken? opening)
    {
        if (_token.Kind != TextTokenKind.End)
        {
            return _token.IsSymbol(closing);
        }
        return opening is null
            ? true
            : throw new CaffeException(
                _token.Position,
                $"the text ends where '{closing}' is missing; '{opening.Value.Text}' was opened at "
                + $"{opening.Value.Position}");
    }

    private void ReadField(
        MessageDescriptor message, string context, string path, CodedOutputStream output, Dictionary<int, int> counts)
    {
        var name = TakeFieldName(context);
        var field = message.FindFieldByName(name.Text);
        if (field is null)
        {
            ReportUnknown(message, context, name);
            SkipValue(name);
            return;
        }
        var colon = _token.IsSymbol(':');
        if (colon)
        {
            Take();
        }
        else if (field.FieldType != FieldType.Message)
        {
            throw Unexpected($"':' after '{name.Text}'");
        }
        if (!_token.IsSymbol('['))
        {
            ReadValue(field, name, path, output, counts);
            return;
        }
        if (!field.IsRepeated)
        {
            throw new CaffeException(_token.Position, $"'{name.Text}' takes one value, found a list");
        }
        ReadList(() => ReadValue(field, name, path, output, counts));
    }

    private TextToken TakeFieldName(string context)
    {
        if (_token.IsSymbol('['))
        {
            // The name of an extension, which no net has a meaning for: kept in one piece so that it can be reported.
            var opening = Take();
            var parts = "";
            while (!_token.IsSymbol(']'))
            {
                var isPart = _token.Kind is TextTokenKind.Name or TextTokenKind.Symbol;
                parts += isPart ? Take().Text : throw Unexpected("']'");
            }
            Take();
            return opening with { Kind = TextTokenKind.Name, Text = $"[{parts}]" };
        }
        return _token.Kind == TextTokenKind.Name ? Take() : throw Unexpected($"the name of a field in {context}");
    }

    private void ReadValue(
        FieldDescriptor field, TextToken name, string path, CodedOutputStream output, Dictionary<int, int> counts)
    {
        var index = counts.TryGetValue(field.FieldNumber, out var count) ? count : 0;
        counts[field.FieldNumber] = index + 1;
        var fieldPath = field.IsRepeated ? $"{path}{field.Name}[{index}]" : $"{path}{field.Name}";
        if (!field.IsRepeated && index > 0)
        {
            throw new CaffeException(
                name.Position, $"'{field.Name}' is given twice, first at {_positions[fieldPath]}; it takes one value");
        }
        if (field.FieldType == FieldType.Message)
        {
            _positions[fieldPath] = name.Position;
            output.WriteTag(field.FieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ReadMessage(field, fieldPath));
            return;
        }
        if (!field.IsRepeated || field.FieldType == FieldType.String)
        {
            // Lists of numbers may be weights, millions of them: their places are not worth keeping.
            _positions[fieldPath] = _token.Position;
        }
        if (field.FieldType == FieldType.String)
        {
            output.WriteTag(field.FieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteString(TakeString(field));
            return;
        }
        var negative = _token.IsSymbol('-');
        if (negative)
        {
            Take();
        }
        TextScalar.Write(output, field, negative, _token);
        Take();
    }

    private ByteString ReadMessage(FieldDescriptor field, string path)
    {
        if (!_token.IsSymbol('{') && !_token.IsSymbol('<'))
        {
            throw Unexpected($"'{{' to open '{field.Name}'");
        }
        Enter();
        var opening = Take();
        var bytes = ReadFields(field.MessageType, field.Name, path + ".", opening);
        _depth--;
        return bytes;
    }

    /// <summary>Strings that follow one another are one string.</summary>
    private string TakeString(FieldDescriptor field)
    {
        if (_token.Kind != TextTokenKind.String)
        {
            throw new CaffeException(_token.Position, $"'{field.Name}' expects a string in quotes, found {_token}");
        }
        var value = "";
        while (_token.Kind == TextTokenKind.String)
        {
            value += Take().Text;
        }
        return value;
    }

    private void ReadList(Action readItem)
    {
        Take();
        if (_token.IsSymbol(']'))
        {
            Take();
            return;
        }
        readItem();
        while (_token.IsSymbol(','))
        {
            Take();
            readItem();
        }
        if (!_token.IsSymbol(']'))
        {
            throw Unexpected("',' or ']' in a list");
        }
        Take();
    }

    private void ReportUnknown(MessageDescriptor message, string context, TextToken name)
    {
        var known = message.Fields.InDeclarationOrder().Select(f => f.Name).ToList();
        var near = Spelling.Nearest(name.Text, known);
        var hint = near is null ? "" : $" (did you mean '{near}'?)";
        if (!OpenMessages.Contains(message))
        {
            throw new CaffeException(
                name.Position,
                $"unknown field '{name.Text}' in {context}{hint}; its fields are {string.Join(", ", known)}");
        }
        _warnings.Add($"{name.Position}: unknown field '{name.Text}' in {context} is ignored{hint}");
    }

    /// <summary>Takes the value of a field that nobody knows: a scalar, a message or a list of them.</summary>
    private void SkipValue(TextToken name)
    {
        var colon = _token.IsSymbol(':');
        if (colon)
        {
            Take();
        }
        if (_token.IsSymbol('['))
        {
            ReadList(() => SkipItem(name, colon));
        }
        else
        {
            SkipItem(name, colon);
        }
    }

    private void SkipItem(TextToken name, bool colon)
    {
        if (_token.IsSymbol('{') || _token.IsSymbol('<'))
        {
            Enter();
            var opening = Take();
            var closing = opening.IsSymbol('{') ? '}' : '>';
            while (!AtClosing(closing, opening))
            {
                SkipValue(TakeFieldName(name.Text));
                if (_token.IsSymbol(';') || _token.IsSymbol(','))
                {
                    Take();
                }
            }
            Take();
            _depth--;
            return;
        }
        if (!colon)
        {
            throw Unexpected($"':' or '{{' after '{name.Text}'");
        }
        if (_token.Kind == TextTokenKind.String)
        {
            while (_token.Kind == TextTokenKind.String)
            {
                Take();
            }
            return;
        }
        if (_token.IsSymbol('-'))
        {
            Take();
        }
        if (_token.Kind is not (TextTokenKind.Name or TextTokenKind.Number))
        {
            throw Unexpected($"a value for '{name.Text}'");
        }
        Take();
    }

    private void Enter()
    {
        if (++_depth > MaxDepth)
        {
            throw new CaffeException(_token.Position, $"messages are nested deeper than {MaxDepth} levels");
        }
    }

    private TextToken Take()
    {
        var taken = _token;
        _token = _lexer.Next();
        return taken;
    }

    private CaffeException Unexpected(string what) => new(_token.Position, $"expected {what}, found {_token}");
}
