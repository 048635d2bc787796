using System.Numerics;

namespace ConvNet.Caffe.Graph;

/// <summary>Finds what keeps a net from learning though it runs.</summary>
internal static class LearningDiagnosis
{
    /// <summary>What to say about the net as it is now.</summary>
    public static IEnumerable<string> Warnings<T>(NetGraph<T> graph)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => graph.Layers.SelectMany(layer => Warnings(graph, layer));

    private static IEnumerable<string> Warnings<T>(NetGraph<T> graph, NetLayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var definition = layer.Operation.Definition;
        if (layer.Operation.Filters is { } filters && layer.Specs[0].LrMult != 0 && AreEqual(filters.Data))
        {
            var value = filters.Data[0];
            var why = definition.Parameter.ConvolutionParam?.WeightFiller is null ? "no weight_filler is given, so " : "";
            yield return definition.Describe(
                $"{why}its weights start all equal ({value}): every filter gets the same gradient and stays like the "
                + "others. Give a weight_filler such as { type: \"xavier\" }, or load weights");
        }
        var source = layer.BottomBlobs.Length > 0 ? layer.BottomBlobs[0].Producer : -1;
        if (layer.Type == "SigmoidCrossEntropyLoss" && source >= 0 && graph.Layers[source].Type == "Sigmoid")
        {
            var sigmoid = graph.Layers[source];
            yield return definition.Describe(
                $"it applies a sigmoid itself, and its bottom '{layer.BottomBlobs[0].Name}' comes from the sigmoid "
                + $"'{sigmoid.Name}' at {sigmoid.Operation.Definition.Position} already. Take that layer away, or use "
                + "another loss");
        }
    }

    private static bool AreEqual<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        values.Length > 1 && !values.ContainsAnyExcept(values[0]);
}
