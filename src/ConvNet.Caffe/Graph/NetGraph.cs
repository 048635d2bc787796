using System.Numerics;
using ConvNet.Caffe.Operations;
using ConvNet.Caffe.Text;
using Google.Protobuf.Collections;

namespace ConvNet.Caffe.Graph;

/// <summary>The layers of a net, and which blob each of them reads and makes; without shapes and memory.</summary>
internal sealed class NetGraph<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<string, NetBlob<T>> _latest = [];
    private readonly ParameterSpecs _specs = new();

    private NetGraph()
    {
    }

    /// <summary>The layers, in the order in which they run.</summary>
    public List<NetLayer<T>> Layers { get; } = [];

    /// <summary>All blobs, inputs first, then in the order in which they are made.</summary>
    public List<NetBlob<T>> Blobs { get; } = [];

    /// <summary>What the caller gives.</summary>
    public Dictionary<string, NetBlob<T>> Inputs { get; } = [];

    /// <summary>By name, what the last layer that makes it makes.</summary>
    public IReadOnlyDictionary<string, NetBlob<T>> Latest => _latest;

    /// <summary>Connects the layers that take part.</summary>
    public static NetGraph<T> Build(PrototxtDocument document, NetOptions options, Device device)
    {
        var graph = new NetGraph<T>();
        try
        {
            foreach (var name in document.Net.Input)
            {
                graph.AddInput(name, -1);
            }
            var filter = new StateFilter(document.Net.State ?? new(), options);
            var fillers = new FillerSource(options.Seed);
            foreach (var definition in LayerUpgrade.Definitions(document).Where(filter.Includes))
            {
                graph.AddLayer(new OperationContext(definition, device, fillers), options);
            }
            return graph;
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    /// <summary>Gives back what was made so far.</summary>
    public void Dispose()
    {
        Layers.ForEach(layer => layer.Dispose());
        Blobs.ForEach(blob => blob.Dispose());
    }

    private NetBlob<T> AddInput(string name, int producer)
    {
        var blob = new NetBlob<T>(name, producer) { IsInput = true };
        Inputs[name] = _latest[name] = blob;
        Blobs.Add(blob);
        return blob;
    }

    private void AddLayer(OperationContext context, NetOptions options)
    {
        var definition = context.Definition;
        Operation<T> operation;
        try
        {
            operation = OperationRegistry<T>.Create(context);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw definition.Error(e.Message, e);
        }
        try
        {
            CheckCounts(operation);
            var specs = _specs.Resolve(definition, operation.ParameterCount);
            var bottoms = definition.Parameter.Bottom.Select(name => Read(definition, name, options)).ToArray();
            var tops = TopNames(operation).Select((name, i) => Make(operation, name, i)).ToArray();
            SetLossWeights(operation, tops);
            Layers.Add(new NetLayer<T>(operation, bottoms, tops, specs));
        }
        catch
        {
            operation.Dispose();
            throw;
        }
    }

    private static void CheckCounts(Operation<T> operation)
    {
        var (bottoms, tops) = (operation.Definition.Parameter.Bottom.Count, operation.Definition.Parameter.Top.Count);
        Check(operation, "bottoms", bottoms, operation.BottomCount);
        if (tops > 0 || !operation.IsLoss)
        {
            Check(operation, "tops", tops, operation.TopCount);
        }
        if (operation.IsPairwise && tops != bottoms)
        {
            throw operation.Definition.Error(
                $"it has {bottoms} bottoms and {tops} tops; it makes one top of each bottom");
        }
        var flags = operation.Definition.Parameter.PropagateDown.Count;
        if (flags > 0 && flags != bottoms)
        {
            throw operation.Definition.Error(
                $"it has {flags} propagate_down and {bottoms} bottoms; give one for each, or none");
        }
    }

    private static void Check(Operation<T> operation, string what, int count, (int Min, int Max) wanted)
    {
        if (count < wanted.Min || count > wanted.Max)
        {
            var expected = wanted.Max == int.MaxValue ? $"{wanted.Min} or more"
                : wanted.Min == wanted.Max ? $"{wanted.Min}" : $"{wanted.Min} to {wanted.Max}";
            throw operation.Definition.Error($"it has {count} {what}, expected {expected}");
        }
    }

    /// <summary>A loss that nobody reads need not name its top.</summary>
    private static RepeatedField<string> TopNames(Operation<T> operation)
    {
        var names = operation.Definition.Parameter.Top;
        return names.Count > 0 ? names : [operation.Definition.Name];
    }

    private NetBlob<T> Read(LayerDefinition definition, string name, NetOptions options)
    {
        if (!_latest.TryGetValue(name, out var blob))
        {
            if (!options.Inputs.ContainsKey(name))
            {
                throw definition.Error(
                    $"its bottom '{name}' is made by no layer before it and declared by no input; "
                    + $"give its shape when the net is built, for example (\"{name}\", [1, 3, 32, 32]), or add an "
                    + "Input layer");
            }
            blob = AddInput(name, -1);
        }
        blob.Consumers.Add(Layers.Count);
        return blob;
    }

    private NetBlob<T> Make(Operation<T> operation, string name, int index)
    {
        if (operation.IsInput)
        {
            return Inputs.ContainsKey(name) ? throw MadeTwice(operation, name) : AddInput(name, Layers.Count);
        }
        var bottoms = operation.Definition.Parameter.Bottom;
        var inPlace = index < bottoms.Count && bottoms[index] == name;
        if (_latest.ContainsKey(name) && !inPlace)
        {
            throw MadeTwice(operation, name);
        }
        var blob = new NetBlob<T>(name, Layers.Count);
        _latest[name] = blob;
        Blobs.Add(blob);
        return blob;
    }

    private CaffeException MadeTwice(Operation<T> operation, string name)
    {
        var producer = _latest[name].Producer;
        var first = producer < 0 ? "is an input" : $"is made by layer '{Layers[producer].Name}'";
        return operation.Definition.Error(
            $"its top '{name}' {first} already; give it another name, or work in place with '{name}' as the bottom too");
    }

    private static void SetLossWeights(Operation<T> operation, NetBlob<T>[] tops)
    {
        var weights = operation.Definition.Parameter.LossWeight;
        if (weights.Count > 0 && weights.Count != tops.Length)
        {
            throw operation.Definition.Error(
                $"it has {weights.Count} loss_weight and {tops.Length} tops; give one for each, or none");
        }
        for (var i = 0; i < tops.Length; i++)
        {
            tops[i].LossWeight = weights.Count > 0 ? T.CreateChecked(weights[i])
                : operation.IsLoss && i == 0 ? T.One : T.Zero;
        }
    }
}
