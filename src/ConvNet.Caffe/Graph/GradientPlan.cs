using System.Numerics;

namespace ConvNet.Caffe.Graph;

/// <summary>
/// Decides which gradients are computed: those on a way from something that learns (or, when forced, from an input)
/// to a loss. In a net without a loss, the caller gives the gradients of the blobs that nobody reads.
/// </summary>
internal static class GradientPlan
{
    /// <summary>Marks layers and blobs.</summary>
    /// <param name="graph">The net.</param>
    /// <param name="force">Whether gradients reach the inputs.</param>
    /// <returns>Warnings about gradients that cannot flow.</returns>
    public static IReadOnlyList<string> Apply<T>(NetGraph<T> graph, bool force)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var warnings = new List<string>();
        var wanted = new HashSet<NetBlob<T>>(force ? graph.Inputs.Values : []);
        var learned = new HashSet<NetBlob<T>>();
        foreach (var layer in graph.Layers)
        {
            for (var i = 0; i < layer.BottomBlobs.Length; i++)
            {
                var blob = layer.BottomBlobs[i];
                var flags = layer.Operation.Definition.Parameter.PropagateDown;
                var asked = flags.Count > 0 ? flags[i] : wanted.Contains(blob);
                layer.PropagateDown[i] = asked && layer.Operation.CanPropagateTo(i);
                if (asked && !layer.PropagateDown[i] && learned.Contains(blob))
                {
                    warnings.Add(layer.Operation.Definition.Describe(
                        $"'{blob.Name}' depends on layers that learn, but this layer has no gradient for it, so they "
                        + "learn nothing from it"));
                }
            }
            if (layer.Learns || layer.PropagateDown.Any(flag => flag))
            {
                wanted.UnionWith(layer.TopBlobs);
            }
            if (layer.Learns || layer.BottomBlobs.Any(learned.Contains))
            {
                learned.UnionWith(layer.TopBlobs);
            }
        }
        KeepWhatReachesTheLoss(graph, wanted);
        CountGradients(graph);
        return warnings;
    }

    private static void KeepWhatReachesTheLoss<T>(NetGraph<T> graph, HashSet<NetBlob<T>> wanted)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var hasLoss = graph.Blobs.Any(blob => blob.LossWeight != T.Zero);
        var reaches = new HashSet<NetBlob<T>>(
            graph.Blobs.Where(blob => hasLoss ? blob.LossWeight != T.Zero : blob.Consumers.Count == 0));
        foreach (var layer in Enumerable.Reverse(graph.Layers))
        {
            layer.NeedsBackward = layer.TopBlobs.Any(blob => reaches.Contains(blob) && wanted.Contains(blob));
            for (var i = 0; i < layer.BottomBlobs.Length; i++)
            {
                layer.PropagateDown[i] &= layer.NeedsBackward;
                if (layer.PropagateDown[i])
                {
                    reaches.Add(layer.BottomBlobs[i]);
                }
            }
        }
    }

    private static void CountGradients<T>(NetGraph<T> graph)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var blob in graph.Blobs)
        {
            blob.ExpectedGradients = blob.LossWeight != T.Zero ? 1 : 0;
        }
        foreach (var layer in graph.Layers)
        {
            foreach (var (blob, propagate) in layer.BottomBlobs.Zip(layer.PropagateDown))
            {
                blob.ExpectedGradients += propagate ? 1 : 0;
            }
        }
    }
}
