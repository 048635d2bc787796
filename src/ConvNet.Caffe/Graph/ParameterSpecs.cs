using ConvNet.Caffe.Proto;

namespace ConvNet.Caffe.Graph;

/// <summary>How the parameters of layers learn, and which are shared, by the <c>param</c> entries of a net.</summary>
internal sealed class ParameterSpecs
{
    private readonly Dictionary<string, (ParamSpec Spec, LayerDefinition Layer)> _byName = [];

    /// <summary>The entries of one layer's parameters; layers are asked for in the order in which they run.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="count">How many parameters it has.</param>
    public IReadOnlyList<ParamSpec> Resolve(LayerDefinition layer, int count)
    {
        var given = layer.Parameter.Param;
        if (given.Count > count)
        {
            throw layer.Error($"it has {given.Count} 'param' entries, but {count} parameters");
        }
        return [.. Enumerable.Range(0, count).Select(i => i < given.Count ? Share(layer, given[i]) : new ParamSpec())];
    }

    /// <summary>A layer that shares a parameter says nothing about learning, or what the first one said.</summary>
    private ParamSpec Share(LayerDefinition layer, ParamSpec spec)
    {
        if (spec.Name.Length == 0 || _byName.TryAdd(spec.Name, (spec, layer)))
        {
            return spec;
        }
        var owner = _byName[spec.Name];
        if ((spec.HasLrMult && spec.LrMult != owner.Spec.LrMult)
            || (spec.HasDecayMult && spec.DecayMult != owner.Spec.DecayMult))
        {
            throw layer.Error(
                $"it shares the parameter '{spec.Name}' with layer '{owner.Layer.Name}', which gives it another "
                + "lr_mult or decay_mult; give them in one place");
        }
        var resolved = spec.Clone();
        resolved.LrMult = owner.Spec.LrMult;
        resolved.DecayMult = owner.Spec.DecayMult;
        return resolved;
    }
}
