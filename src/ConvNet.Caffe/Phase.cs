namespace ConvNet.Caffe;

/// <summary>What a net is built for; layers may be part of it in one phase only.</summary>
public enum Phase
{
    /// <summary>Learning.</summary>
    Train = 0,

    /// <summary>Use, or measuring what was learned.</summary>
    Test = 1,
}
