namespace ConvNet.Bench;

/// <summary>ONNX Runtime, which computes forward passes only.</summary>
internal sealed unsafe class OnnxRuntimePeer : IContender
{
    private readonly Workload _workload;
    private readonly OnnxSession _session;

    public OnnxRuntimePeer(Workload workload)
    {
        _workload = workload;
        Tensors tensors = workload.PeerTensors(Pass.Forward);
        _session = new OnnxSession(OnnxModels.OfLayer(workload.Layer, workload), workload.Device.Threads,
            workload.Bottom.Shape, tensors.Bottom, workload.Top.Shape, tensors.Top);
    }

    public string Name => PeerNames.OnnxRuntime;

    public ReadOnlySpan<float> Result => _workload.PeerResult(Pass.Forward);

    public void Poison() => _workload.PeerResult(Pass.Forward).Fill(float.NaN);

    public void Run() => _session.Run();

    public void Dispose() => _session.Dispose();
}
