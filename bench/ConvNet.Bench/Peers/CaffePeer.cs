namespace ConvNet.Bench;

/// <summary>Caffe's algorithm: explicit columns and OpenBLAS.</summary>
internal sealed class CaffePeer : IContender
{
    private readonly Workload _workload;
    private readonly Pass _pass;
    private readonly nint _peer;

    public CaffePeer(Workload workload, Pass pass)
    {
        _workload = workload;
        _pass = pass;
        _peer = NativePeers.CaffeCreate(
            new Problem(workload.Layer, workload.Batch, workload.Device.Threads), pass, workload.PeerTensors(pass));
        if (_peer == 0)
        {
            throw new InvalidOperationException("There is no memory for Caffe's columns.");
        }
    }

    public string Name => PeerNames.Caffe;

    public ReadOnlySpan<float> Result => _workload.PeerResult(_pass);

    public void Poison() => _workload.PeerResult(_pass).Fill(float.NaN);

    public void Run() => NativePeers.CaffeRun(_peer);

    public void Dispose() => NativePeers.CaffeDestroy(_peer);
}
