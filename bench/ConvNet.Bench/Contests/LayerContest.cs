namespace ConvNet.Bench;

/// <summary>One pass of one layer, computed by everybody in turn.</summary>
internal sealed class LayerContest : IDisposable
{
    private readonly Workload _workload;
    private readonly Pass _pass;
    private readonly Effort _effort;
    private readonly LibraryContender _chosen;
    private readonly List<LibraryContender> _forced;
    private readonly OneDnnPeer? _oneDnn;
    private readonly LibraryContender? _alone;
    private readonly List<IContender> _peers = [];

    /// <summary>Of a workload, and, to be measured beside it, the same on a device of one thread.</summary>
    public LayerContest(Workload workload, Workload? alone, Pass pass, Effort effort)
    {
        _workload = workload;
        _pass = pass;
        _effort = effort;
        _chosen = LibraryContender.TryCreate(workload, pass, Engine.Auto)
            ?? throw new NotSupportedException($"No engine computes {workload.Layer.Name}.");
        _forced = [.. Enum.GetValues<Engine>()
            .Where(engine => effort.Everything && engine != Engine.Auto && engine != _chosen.Engine)
            .Select(engine => LibraryContender.TryCreate(workload, pass, engine))
            .OfType<LibraryContender>()];
        _alone = alone is null ? null : LibraryContender.TryCreate(alone, pass, Engine.Auto);
        _oneDnn = NativePeers.HasOneDnn ? FasterOneDnn() : null;
        if (pass == Pass.Forward)
        {
            _peers.Add(new OnnxRuntimePeer(workload));
        }

        if (_oneDnn is not null)
        {
            _peers.Add(_oneDnn);
        }

        if (NativePeers.HasOpenBlas && (effort.Everything || workload.Batch == 1))
        {
            _peers.Add(new CaffePeer(workload, pass));
        }
    }

    private IEnumerable<IContender> Everybody => [_chosen, .. _forced, .. _peers];

    public Row Run(Peaks peaks)
    {
        // A result that nobody has written yet has no memory behind it, and who is first would pay for all of it.
        foreach (IContender contender in Everybody)
        {
            contender.Poison();
        }

        _alone?.Poison();
        (double? difference, string? mostDifferent) =
            _workload.Batch <= _effort.ComparedBatch ? LargestDifference() : (null, null);
        List<Action> calls = [.. Everybody.Select(contender => (Action)contender.Run)];
        bool hasReorders = _oneDnn is not null && _effort.Everything;
        int withoutReorders = Add(calls, hasReorders ? _oneDnn!.RunWithoutReorders : null);
        int alone = Add(calls, _alone is null ? null : _alone.Run);
        double[][] times = Stopwatches.Rounds(calls, _effort);
        double[] medians = [.. times.Select(Statistics.Median)];
        BenchLayer layer = _workload.Layer;
        int firstPeer = 1 + _forced.Count;
        Dictionary<string, double> ratios = _peers.Index().ToDictionary(
            peer => peer.Item.Name, peer => Statistics.PairedRatio(times[0], times[firstPeer + peer.Index]));
        string? best = ratios.Count == 0 ? null : ratios.MinBy(pair => pair.Value).Key;
        const double operationsPerMillisecond = 1e6;
        double gflops = layer.Operations(_workload.Batch) / medians[0] / operationsPerMillisecond;
        return new Row(layer)
        {
            Pass = _pass.Name(),
            Batch = _workload.Batch,
            Threads = _workload.Device.Threads,
            Engine = _chosen.Name,
            Algorithm = _chosen.Algorithm,
            OursMs = medians[0],
            Gflops = gflops,
            PeakFraction = gflops / peaks.GflopsOf(_workload.Device.Threads),
            Peers = PeerTimes(medians.AsSpan(firstPeer)),
            BestPeer = best,
            Ratio = best is null ? null : ratios[best],
            Ratios = ratios,
            Engines = EngineTimes(medians),
            OnednnWithoutReordersMs = hasReorders ? medians[withoutReorders] : null,
            OnednnImplementation = _oneDnn?.Implementation,
            AloneMs = _alone is null ? null : medians[alone],
            Speedup = _alone is null ? null : Statistics.PairedRatio(times[0], times[alone]),
            Pairs = times[0].Length,
            Difference = difference,
            MostDifferent = mostDifferent,
            WorkspaceBytes = _chosen.WorkspaceBytes,
        };
    }

    public void Dispose()
    {
        foreach (IContender contender in Everybody)
        {
            contender.Dispose();
        }

        _alone?.Dispose();
    }

    /// <summary>Where a call comes to be, if there is one.</summary>
    private static int Add(List<Action> calls, Action? call)
    {
        int index = calls.Count;
        if (call is not null)
        {
            calls.Add(call);
        }

        return index;
    }

    /// <summary>oneDNN's direct algorithm or the one it chooses itself: the faster one on this row.</summary>
    private OneDnnPeer? FasterOneDnn()
    {
        OneDnnPeer? direct = OneDnnPeer.TryCreate(_workload, _pass, automatic: false);
        OneDnnPeer? automatic = OneDnnPeer.TryCreate(_workload, _pass, automatic: true);
        if (direct is null || automatic is null)
        {
            return direct ?? automatic;
        }

        bool isDirect = direct.Implementation == automatic.Implementation;
        if (!isDirect)
        {
            double[][] times = Stopwatches.Rounds([direct.Run, automatic.Run], _effort with { Rounds = 1 });
            isDirect = times[0][0] <= times[1][0];
        }

        (isDirect ? automatic : direct).Dispose();
        return isDirect ? direct : automatic;
    }

    private (double? Difference, string? Name) LargestDifference()
    {
        _chosen.Poison();
        _chosen.Run();
        float[] expected = _chosen.Result.ToArray();
        (double Difference, string? Name) largest = (0, null);
        foreach (IContender contender in Everybody.Skip(1))
        {
            contender.Poison();
            contender.Run();
            double difference = Statistics.LargestDifference(expected, contender.Result);
            if (difference > largest.Difference)
            {
                largest = (difference, contender.Name);
            }
        }

        return largest;
    }

    private Dictionary<string, double?> EngineTimes(double[] medians)
    {
        Dictionary<string, double?> times = Enum.GetValues<Engine>()
            .Where(engine => engine != Engine.Auto)
            .ToDictionary(engine => engine.ToString(), _ => (double?)null);
        times[_chosen.Name] = medians[0];
        foreach ((int index, LibraryContender contender) in _forced.Index())
        {
            times[contender.Name] = medians[1 + index];
        }

        return times;
    }

    private Dictionary<string, double?> PeerTimes(ReadOnlySpan<double> medians)
    {
        Dictionary<string, double?> times = new()
        {
            [PeerNames.OnnxRuntime] = null,
            [PeerNames.OneDnn] = null,
            [PeerNames.TorchSharp] = null,
            [PeerNames.Caffe] = null,
        };
        for (int i = 0; i < _peers.Count; i++)
        {
            times[_peers[i].Name] = medians[i];
        }

        return times;
    }
}
