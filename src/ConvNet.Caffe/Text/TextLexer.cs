using System.Text;

namespace ConvNet.Caffe.Text;

/// <summary>Cuts protobuf text format into tokens. Comments run from <c>#</c> to the end of the line.</summary>
internal sealed class TextLexer(string text, string? file)
{
    private readonly string _text = text;
    private int _index = text.StartsWith('\uFEFF') ? 1 : 0;
    private int _line = 1;
    private int _column = 1;

    private char Current => _index < _text.Length ? _text[_index] : '\0';

    private char Following => _index + 1 < _text.Length ? _text[_index + 1] : '\0';

    private bool AtEnd => _index >= _text.Length;

    private SourcePosition Position => new(file, _line, _column);

    /// <summary>Reads the next token.</summary>
    public TextToken Next()
    {
        SkipSpaceAndComments();
        var start = Position;
        if (AtEnd)
        {
            return new TextToken(TextTokenKind.End, "", start);
        }
        var c = Current;
        if (IsNameStart(c))
        {
            return new TextToken(TextTokenKind.Name, TakeWhile(IsNamePart), start);
        }
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Following)))
        {
            return new TextToken(TextTokenKind.Number, TakeNumber(), start);
        }
        if (c is '"' or '\'')
        {
            return new TextToken(TextTokenKind.String, TakeString(), start);
        }
        if (!"{}<>[]:;,-./".Contains(c))
        {
            throw new CaffeException(start, UnexpectedCharacter(c));
        }
        Advance();
        return new TextToken(TextTokenKind.Symbol, c.ToString(), start);
    }

    private static string UnexpectedCharacter(char c) => c < ' ' || c == '\uFFFD'
        ? $"this is not text: found the character U+{(int)c:X4}. A prototxt is expected; weights (.caffemodel) are "
          + "read with LoadWeights"
        : $"unexpected character '{c}'";

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private void Advance()
    {
        if (_text[_index++] == '\n')
        {
            _line++;
            _column = 1;
        }
        else
        {
            _column++;
        }
    }

    private void SkipSpaceAndComments()
    {
        while (!AtEnd)
        {
            if (Current == '#')
            {
                while (!AtEnd && Current != '\n')
                {
                    Advance();
                }
            }
            else if (char.IsWhiteSpace(Current))
            {
                Advance();
            }
            else
            {
                return;
            }
        }
    }

    private string TakeWhile(Func<char, bool> belongs)
    {
        var start = _index;
        while (!AtEnd && belongs(Current))
        {
            Advance();
        }
        return _text[start.._index];
    }

    /// <summary>Takes digits, letters and points, and a sign after the e of a decimal exponent.</summary>
    private string TakeNumber()
    {
        var start = _index;
        var hexadecimal = Current == '0' && Following is 'x' or 'X';
        while (!AtEnd && (IsNamePart(Current) || Current == '.'))
        {
            var exponent = !hexadecimal && Current is 'e' or 'E';
            Advance();
            if (exponent && Current is '+' or '-')
            {
                Advance();
            }
        }
        return _text[start.._index];
    }

    private string TakeString()
    {
        var start = Position;
        var quote = Current;
        var value = new StringBuilder();
        Advance();
        while (Current != quote)
        {
            if (AtEnd || Current == '\n')
            {
                throw new CaffeException(start, $"this string has no closing {quote} on its line");
            }
            if (Current == '\\')
            {
                TakeEscape(value);
            }
            else
            {
                value.Append(Current);
                Advance();
            }
        }
        Advance();
        return value.ToString();
    }

    private void TakeEscape(StringBuilder value)
    {
        var start = Position;
        Advance();
        var c = Current;
        switch (c)
        {
            case >= '0' and <= '7':
                value.Append((char)TakeDigits(3, 8, start));
                return;
            case 'x' or 'X':
                Advance();
                value.Append((char)TakeDigits(2, 16, start));
                return;
            case 'u' or 'U':
                Advance();
                var code = TakeDigits(c == 'u' ? 4 : 8, 16, start);
                if (!Rune.TryCreate(code, out var rune))
                {
                    throw new CaffeException(start, $"U+{code:X} is not a character");
                }
                value.Append(rune.ToString());
                return;
        }
        var known = "abfnrtv\\'\"?".IndexOf(c);
        if (AtEnd || known < 0)
        {
            throw new CaffeException(start, $"unknown escape '\\{c}' in a string; a backslash is written \\\\");
        }
        value.Append("\a\b\f\n\r\t\v\\'\"?"[known]);
        Advance();
    }

    private int TakeDigits(int most, int radix, SourcePosition start)
    {
        var first = _index;
        while (_index - first < most && (radix == 8 ? Current is >= '0' and <= '7' : char.IsAsciiHexDigit(Current)))
        {
            Advance();
        }
        var digits = _text.AsSpan(first, _index - first);
        if (digits.IsEmpty)
        {
            throw new CaffeException(start, "this escape has no digits");
        }
        var value = 0;
        foreach (var digit in digits)
        {
            value = unchecked((value * radix) + Convert.ToInt32(digit.ToString(), 16));
        }
        return value;
    }
}
