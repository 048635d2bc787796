namespace ConvNet;

/// <summary>How much a log message matters.</summary>
public enum ConvNetLogLevel
{
    /// <summary>Choices that the library made, such as the engine of a layer.</summary>
    Debug = 0,

    /// <summary>Things that happen once, such as a device that was opened.</summary>
    Info = 1,

    /// <summary>Legal, but probably not what was meant.</summary>
    Warning = 2,
}
