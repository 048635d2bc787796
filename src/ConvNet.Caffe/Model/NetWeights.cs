using System.Numerics;
using ConvNet.Caffe.Graph;
using ConvNet.Caffe.Proto;

namespace ConvNet.Caffe.Model;

/// <summary>Moves the weights of a whole net to and from a caffemodel.</summary>
internal static class NetWeights
{
    /// <summary>Loads weights into the layers of the same name; nothing is written unless everything fits.</summary>
    /// <param name="layers">The layers of the net.</param>
    /// <param name="model">The model.</param>
    /// <param name="file">What messages call it.</param>
    public static WeightsReport Load<T>(IReadOnlyList<NetLayer<T>> layers, NetParameter model, string file)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var targets = layers.ToLookup(layer => layer.Name);
        var ignored = new List<string>();
        var pairs = new List<(LayerParameter Source, NetLayer<T> Target)>();
        foreach (var sources in LayerUpgrade.Layers(model).GroupBy(layer => layer.Name))
        {
            if (targets.Contains(sources.Key))
            {
                pairs.AddRange(Match([.. sources], [.. targets[sources.Key]], file));
            }
            else if (sources.Any(source => source.Blobs.Count > 0))
            {
                ignored.Add(sources.Key);
            }
        }
        foreach (var (source, target) in pairs)
        {
            Check(source, target, file);
        }
        foreach (var (source, target) in pairs)
        {
            foreach (var (stored, parameter) in source.Blobs.Zip(target.Parameters))
            {
                BlobValues.Load(stored, parameter.MutableData);
            }
        }
        var loaded = pairs.Select(pair => pair.Target).Where(target => target.Parameters.Count > 0).ToList();
        return new WeightsReport(
            [.. loaded.Select(layer => layer.Name)],
            ignored,
            [.. layers.Where(layer => layer.Parameters.Count > 0).Except(loaded).Select(layer => layer.Name)]);
    }

    /// <summary>The weights of a net, with the names, types and connections of its layers.</summary>
    public static NetParameter Save<T>(IReadOnlyList<NetLayer<T>> layers, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var model = new NetParameter { Name = name };
        foreach (var layer in layers)
        {
            var stored = layer.Operation.Definition.Parameter.Clone();
            stored.Blobs.Clear();
            stored.Blobs.Add(layer.Parameters.Select(parameter => BlobValues.Save(parameter.Shape, parameter.Data)));
            model.Layer.Add(stored);
        }
        return model;
    }

    /// <summary>
    /// Pairs layers of one name. Where several bear it, those that have weights are paired in their order.
    /// </summary>
    private static IEnumerable<(LayerParameter Source, NetLayer<T> Target)> Match<T>(
        LayerParameter[] sources, NetLayer<T>[] targets, string file)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (sources.Length > 1 || targets.Length > 1)
        {
            sources = [.. sources.Where(source => source.Blobs.Count > 0)];
            targets = [.. targets.Where(target => target.Parameters.Count > 0)];
            if (sources.Length != targets.Length && sources.Length > 0)
            {
                throw Error(
                    file,
                    $"{sources.Length} layers named '{sources[0].Name}' have weights in the file, but {targets.Length} "
                    + "in the net");
            }
        }
        return sources.Zip(targets);
    }

    private static void Check<T>(LayerParameter source, NetLayer<T> target, string file)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var parameters = target.Parameters;
        if (source.Blobs.Count != parameters.Count)
        {
            throw Error(
                file,
                $"layer '{target.Name}' ({target.Type}) has {source.Blobs.Count} blobs in the file ({Shapes(source)}), but "
                + $"{parameters.Count} parameters in the net ({string.Join(", ", parameters.Select(p => p.Shape))}). "
                + "Check bias_term, or rename the layer to keep its own weights");
        }
        for (var i = 0; i < parameters.Count; i++)
        {
            if (BlobValues.Mismatch(source.Blobs[i], parameters[i].Shape) is { } mismatch)
            {
                throw Error(
                    file,
                    $"layer '{target.Name}' ({target.Type}): blob {i} {mismatch}. Use the prototxt that belongs to these "
                    + "weights, or rename the layer to keep its own");
            }
        }
    }

    private static string Shapes(LayerParameter source) => string.Join(", ", source.Blobs.Select(BlobValues.Describe));

    private static CaffeException Error(string file, string message) => new($"{file}: {message}.") { File = file };
}
