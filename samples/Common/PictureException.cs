namespace ConvNet.Samples;

/// <summary>A picture that cannot be read or written; the message is meant for the user.</summary>
public sealed class PictureException(string message) : Exception(message);
