namespace ConvNet.Bench;

/// <summary>Somebody who can compute a pass of a layer, again and again.</summary>
internal interface IContender : IDisposable
{
    string Name { get; }

    /// <summary>Fills what the pass writes with something that cannot be a result.</summary>
    void Poison();

    void Run();

    /// <summary>What the pass wrote.</summary>
    ReadOnlySpan<float> Result { get; }
}
