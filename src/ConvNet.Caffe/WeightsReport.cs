namespace ConvNet.Caffe;

/// <summary>What became of the layers of a weights file and of a net when the one was loaded into the other.</summary>
/// <param name="Loaded">Layers that got their weights from the file.</param>
/// <param name="Ignored">Layers of the file that have weights, but no layer of that name in the net.</param>
/// <param name="Missing">Layers of the net that have parameters, but none in the file; they keep theirs.</param>
public sealed record WeightsReport(
    IReadOnlyList<string> Loaded,
    IReadOnlyList<string> Ignored,
    IReadOnlyList<string> Missing);
