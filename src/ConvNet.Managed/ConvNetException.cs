namespace ConvNet;

/// <summary>The device or the library failed in a way that no argument or state explains.</summary>
public class ConvNetException : Exception
{
    /// <summary>Makes an exception without details.</summary>
    public ConvNetException()
        : this("The native library failed.")
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What failed.</param>
    public ConvNetException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a cause.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="innerException">Why.</param>
    public ConvNetException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes an exception of a native status.</summary>
    /// <param name="status">What the native library answered.</param>
    /// <param name="message">Its message.</param>
    /// <param name="argument">The argument that it blamed, or null.</param>
    public ConvNetException(ConvNetStatus status, string message, string? argument)
        : base(message)
    {
        Status = status;
        Argument = argument;
    }

    /// <summary>What the native library answered.</summary>
    public ConvNetStatus Status { get; } = ConvNetStatus.InternalError;

    /// <summary>The argument that it blamed, or null.</summary>
    public string? Argument { get; }
}
