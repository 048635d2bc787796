namespace ConvNet.Interop;

/// <summary>How the managed method that failed spells the arguments of the native function below it.</summary>
internal enum ArgumentStyle
{
    /// <summary>In camel case.</summary>
    Plain,

    /// <summary>Fields of an options struct are properties of an options object.</summary>
    Options,

    /// <summary>As options, and the shape is that of the bottom.</summary>
    Reshape,

    /// <summary>A pass over one bottom blob and one top blob.</summary>
    OneBlob,

    /// <summary>A pass over spans of blobs.</summary>
    ManyBlobs,

    /// <summary>A pass over spans of values.</summary>
    Spans,
}
