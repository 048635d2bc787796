namespace ConvNet.Bench;

internal static class PeerNames
{
    public const string OnnxRuntime = "ONNX Runtime";
    public const string OneDnn = "oneDNN";
    public const string Caffe = "Caffe";

    /// <summary>Does not load on every system, and is left out where it does not.</summary>
    public const string TorchSharp = "TorchSharp";

    /// <summary>A column for comparison, not a peer: nobody who holds plain tensors could have it.</summary>
    public const string OneDnnWithoutReorders = "oneDNN without its reorders";
}
