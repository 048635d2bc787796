using System.Runtime.InteropServices;

namespace ConvNet.Bench;

/// <summary>oneDNN with one of its algorithms; or, for comparison only, without the reorders of its layouts.</summary>
internal sealed class OneDnnPeer : IContender
{
    private readonly Workload _workload;
    private readonly Pass _pass;
    private readonly nint _peer;

    private OneDnnPeer(Workload workload, Pass pass, nint peer)
    {
        _workload = workload;
        _pass = pass;
        _peer = peer;
        Implementation = Marshal.PtrToStringUTF8(NativePeers.OneDnnImplementation(peer))!;
    }

    public string Name => PeerNames.OneDnn;

    /// <summary>The code that oneDNN chose.</summary>
    public string Implementation { get; }

    public ReadOnlySpan<float> Result => _workload.PeerResult(_pass);

    /// <summary>With oneDNN's direct algorithm, or with the one that oneDNN chooses; null when it has none.</summary>
    public static OneDnnPeer? TryCreate(Workload workload, Pass pass, bool automatic)
    {
        nint peer = NativePeers.OneDnnCreate(new Problem(workload.Layer, workload.Batch, workload.Device.Threads), pass,
            automatic ? 1 : 0, workload.PeerTensors(pass));
        return peer == 0 ? null : new OneDnnPeer(workload, pass, peer);
    }

    public void Poison() => _workload.PeerResult(_pass).Fill(float.NaN);

    public void Run() => NativePeers.OneDnnRun(_peer, 1);

    public void RunWithoutReorders() => NativePeers.OneDnnRun(_peer, 0);

    public void Dispose() => NativePeers.OneDnnDestroy(_peer);
}
