using System.Numerics;
using ConvNet.Caffe.Text;

namespace ConvNet.Caffe.Graph;

/// <summary>Gives a net its memory: inputs their shapes, tops their blobs, layers their parameters.</summary>
internal static class NetMemory
{
    /// <summary>Allocates everything, in the order in which the layers run.</summary>
    public static void Allocate<T>(NetGraph<T> graph, PrototxtDocument document, NetOptions options, Device device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var name in options.Inputs.Keys.Where(name => !graph.Inputs.ContainsKey(name)))
        {
            throw new CaffeException(
                $"A shape is given for '{name}', which is not an input of the net; its inputs are "
                + $"{string.Join(", ", graph.Inputs.Keys)}.");
        }
        foreach (var blob in graph.Inputs.Values)
        {
            blob.Blob = new Blob<T>(device, InputShape(graph, blob, document, options));
        }
        var shared = new Dictionary<string, (NetLayer<T> Layer, int Index)>();
        foreach (var layer in graph.Layers)
        {
            for (var i = 0; i < layer.TopBlobs.Length; i++)
            {
                var top = layer.TopBlobs[i];
                if (!top.IsInput)
                {
                    top.Blob = ReplacedBlob(graph, layer, i)?.Blob ?? new Blob<T>(device, Shape.Scalar);
                }
            }
            layer.Attach(device);
            layer.Reshape();
            ShareParameters(layer, shared);
            for (var i = 0; i < layer.Specs.Count; i++)
            {
                if (layer.Specs[i].LrMult == 0)
                {
                    layer.Operation.Freeze(i);
                }
            }
        }
    }

    private static Shape InputShape<T>(
        NetGraph<T> graph, NetBlob<T> input, PrototxtDocument document, NetOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (options.Inputs.TryGetValue(input.Name, out var given))
        {
            return given;
        }
        if (input.Producer < 0)
        {
            return LegacyShape(document, input.Name);
        }
        var layer = graph.Layers[input.Producer];
        return layer.Operation.DeclaredShape(Array.IndexOf(layer.TopBlobs, input))
            ?? throw layer.Operation.Definition.Error(
                $"nothing says what shape its top '{input.Name}' has; give it when the net is built, "
                + $"for example (\"{input.Name}\", [1, 3, 32, 32])");
    }

    /// <summary>The shape of an input that stands at the head of the net: an input_shape, or four input_dim.</summary>
    private static Shape LegacyShape(PrototxtDocument document, string name)
    {
        var (net, index) = (document.Net, document.Net.Input.IndexOf(name));
        var position = document.PositionOf($"input[{index}]");
        try
        {
            if (index < net.InputShape.Count)
            {
                return new Shape([.. net.InputShape[index].Dim]);
            }
            if ((index + 1) * 4 <= net.InputDim.Count)
            {
                return new Shape([.. net.InputDim.Skip(index * 4).Take(4).Select(extent => (long)extent)]);
            }
        }
        catch (ArgumentException e)
        {
            throw new CaffeException(position, $"input '{name}': {e.Message}", e);
        }
        throw new CaffeException(
            position,
            $"input '{name}' has no shape: give an input_shape, four input_dim, or the shape when the net is built, "
            + $"for example (\"{name}\", [1, 3, 32, 32])");
    }

    /// <summary>
    /// The bottom whose memory a top takes, or null. A layer that is written as working in place does so only where
    /// that changes no result: not over an input of the caller, nor over values that another layer reads, that are a
    /// loss, or that the backward pass of their maker needs.
    /// </summary>
    public static NetBlob<T>? ReplacedBlob<T>(NetGraph<T> graph, NetLayer<T> layer, int index)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (index >= layer.BottomBlobs.Length || !layer.Operation.CanWorkInPlace)
        {
            return null;
        }
        var (top, bottom) = (layer.TopBlobs[index], layer.BottomBlobs[index]);
        if (top.Name != bottom.Name || bottom.IsInput || bottom.Consumers.Count > 1 || bottom.LossWeight != T.Zero)
        {
            return null;
        }
        var producer = graph.Layers[bottom.Producer];
        return producer.NeedsBackward && producer.Operation.BackwardReadsTops ? null : bottom;
    }

    private static void ShareParameters<T>(NetLayer<T> layer, Dictionary<string, (NetLayer<T> Layer, int Index)> shared)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < layer.Specs.Count; i++)
        {
            var name = layer.Specs[i].Name;
            if (name.Length == 0 || shared.TryAdd(name, (layer, i)))
            {
                continue;
            }
            var (owner, index) = shared[name];
            var (mine, theirs) = (layer.Parameters[i], owner.Parameters[index]);
            if (mine.Shape != theirs.Shape)
            {
                throw layer.Operation.Definition.Error(
                    $"it shares the parameter '{name}' with layer '{owner.Name}', but needs {mine.Shape} where that has "
                    + $"{theirs.Shape}");
            }
            layer.Operation.SetParameter(i, theirs);
        }
    }
}
