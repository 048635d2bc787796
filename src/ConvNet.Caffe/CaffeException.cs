namespace ConvNet.Caffe;

/// <summary>
/// A model file or a net that cannot be used: a fault in the text of a prototxt, a damaged caffemodel, or layers that
/// do not fit together. The message says where, what was given, what was expected and how to mend it.
/// </summary>
public sealed class CaffeException : Exception
{
    /// <summary>Creates an exception without a message of its own.</summary>
    public CaffeException()
    {
    }

    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What is wrong and how to mend it.</param>
    public CaffeException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with a message and its cause.</summary>
    /// <param name="message">What is wrong and how to mend it.</param>
    /// <param name="innerException">The cause.</param>
    public CaffeException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal CaffeException(SourcePosition position, string message, Exception? innerException = null)
        : base($"{position}: {message}", innerException)
    {
        File = position.File;
        Line = position.Line;
        Column = position.Column;
    }

    /// <summary>The file, when the fault is in one.</summary>
    public string? File { get; internal init; }

    /// <summary>The line in the text of the prototxt, from 1; null when the fault is not in a text.</summary>
    public int? Line { get; }

    /// <summary>The column in that line, in characters from 1; null when the fault is not in a text.</summary>
    public int? Column { get; }
}
