namespace ConvNet.Caffe.Text;

/// <summary>What a token of the protobuf text format is.</summary>
internal enum TextTokenKind
{
    /// <summary>A name: of a field, of an enum value, <c>true</c>, <c>inf</c> and so on.</summary>
    Name,

    /// <summary>An unsigned number as it is written.</summary>
    Number,

    /// <summary>One quoted string, without its quotes and with its escapes resolved.</summary>
    String,

    /// <summary>One character of punctuation.</summary>
    Symbol,

    /// <summary>The end of the text.</summary>
    End,
}

/// <summary>A token of the protobuf text format and where it begins.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; for a string its value.</param>
/// <param name="Position">Where it begins.</param>
internal readonly record struct TextToken(TextTokenKind Kind, string Text, SourcePosition Position)
{
    /// <summary>Whether this is the given character of punctuation.</summary>
    public bool IsSymbol(char symbol) => Kind == TextTokenKind.Symbol && Text[0] == symbol;

    /// <summary>The token as an error message shows it.</summary>
    public override string ToString() => Kind switch
    {
        TextTokenKind.End => "the end of the text",
        TextTokenKind.String => $"the string \"{Text}\"",
        _ => $"'{Text}'",
    };
}
