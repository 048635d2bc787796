using System.Numerics;
using ConvNet.Caffe.Operations;

namespace ConvNet.Caffe.Graph;

/// <summary>
/// Lets convolutions compute the rectifiers behind them, in nets that run forward only: those that work in place, so that
/// nobody sees the values between the two.
/// </summary>
internal static class RectifierFusion
{
    /// <summary>Fuses what can be, before the layers have shapes.</summary>
    public static void Apply<T>(NetGraph<T> graph)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var layer in graph.Layers)
        {
            // A layer with several tops would rectify all of them.
            if (layer.Operation is ReluOperation<T> rectifier
                && NetMemory.ReplacedBlob(graph, layer, 0) is { } sums
                && graph.Layers[sums.Producer] is { Operation: ConvolutionOperation<T> producer, TopBlobs.Length: 1 })
            {
                rectifier.TryLeaveTo(producer);
            }
        }
    }
}
