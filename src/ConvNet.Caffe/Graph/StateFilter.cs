using ConvNet.Caffe.Proto;

namespace ConvNet.Caffe.Graph;

/// <summary>Decides which layers are part of a net in its state.</summary>
internal sealed class StateFilter
{
    private readonly Proto.Phase _phase;
    private readonly int _level;
    private readonly HashSet<string> _stages;

    public StateFilter(NetState state, NetOptions options)
    {
        _phase = (Proto.Phase)options.Phase;
        _level = options.Level ?? state.Level;
        _stages = [.. state.Stage, .. options.Stages];
    }

    /// <summary>
    /// Whether the layer takes part: with rules to include it when one of them is met, otherwise unless one of those
    /// that exclude it is met.
    /// </summary>
    public bool Includes(LayerDefinition layer)
    {
        var (include, exclude) = (layer.Parameter.Include, layer.Parameter.Exclude);
        if (include.Count > 0 && exclude.Count > 0)
        {
            throw layer.Error("it has both 'include' and 'exclude' rules; a layer has rules of one kind only");
        }
        return include.Count > 0 ? include.Any(IsMet) : !exclude.Any(IsMet);
    }

    private bool IsMet(NetStateRule rule) =>
        (!rule.HasPhase || rule.Phase == _phase)
        && (!rule.HasMinLevel || _level >= rule.MinLevel)
        && (!rule.HasMaxLevel || _level <= rule.MaxLevel)
        && rule.Stage.All(_stages.Contains)
        && !rule.NotStage.Any(_stages.Contains);
}
