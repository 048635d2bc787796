namespace ConvNet.Caffe;

/// <summary>A place in the text of a prototxt.</summary>
/// <param name="File">The file, or null for a text that came from elsewhere.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, in characters from 1.</param>
internal readonly record struct SourcePosition(string? File, int Line, int Column)
{
    /// <summary>"file:line:column", which editors make a link of, or "line L, column C".</summary>
    public override string ToString() => File is null ? $"line {Line}, column {Column}" : $"{File}:{Line}:{Column}";
}
