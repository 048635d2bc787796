using System.Runtime.InteropServices;

namespace ConvNet.Bench;

/// <summary>
/// The tensors of one layer at one batch size on one device, which all who compute it read. What the library writes and
/// what the others write are different memory, so that the results can be compared.
/// </summary>
internal sealed unsafe class Workload : IDisposable
{
    private const int DrawnNumbers = 1_000_003;

    private readonly float* _peerResult;

    public Workload(BenchLayer layer, long batch, Device device)
    {
        Layer = layer;
        Batch = batch;
        Device = device;
        Bottom = new Blob<float>(device, layer.Input(batch));
        Top = new Blob<float>(device, layer.Output(batch));
        Fill(Bottom.MutableData, seed: 1);
        Weights = new Blob<float>(device, layer.Weights);
        Weights.Fill(layer.Options(Engine.Auto).WeightFiller!);
        Bias = new Blob<float>(device, [layer.Outputs]);
        Bias.Fill(layer.Options(Engine.Auto).BiasFiller!);
        Fill(Top.MutableDiff, seed: 4);
        long largest = Math.Max(Math.Max(Bottom.Count, Top.Count), Weights.Count);
        const nuint cacheLine = 64;
        _peerResult = (float*)NativeMemory.AlignedAlloc(checked((nuint)largest * sizeof(float)), cacheLine);
    }

    public BenchLayer Layer { get; }

    public long Batch { get; }

    public Device Device { get; }

    /// <summary>Values are the layer's input; gradients are what the library's backward pass writes.</summary>
    public Blob<float> Bottom { get; }

    /// <summary>Values are what the library's forward pass writes; gradients are the backward pass's input.</summary>
    public Blob<float> Top { get; }

    public Blob<float> Weights { get; }

    public Blob<float> Bias { get; }

    /// <summary>What a peer's pass reads and writes. Blobs are not in .NET's heap: the addresses stay.</summary>
    public Tensors PeerTensors(Pass pass)
    {
        float* gradient = Address(Top.Diff);
        return pass switch
        {
            Pass.Forward => new(Address(Bottom.Data), Address(Weights.Data), Address(Bias.Data), _peerResult),
            Pass.BackwardData => new(_peerResult, Address(Weights.Data), null, gradient),
            _ => new(Address(Bottom.Data), _peerResult, null, gradient),
        };
    }

    /// <summary>What a peer's pass has written.</summary>
    public Span<float> PeerResult(Pass pass) => new(_peerResult, checked((int)ResultShape(pass).Count));

    public void Dispose()
    {
        NativeMemory.AlignedFree(_peerResult);
        Bottom.Dispose();
        Top.Dispose();
        Weights.Dispose();
        Bias.Dispose();
    }

    /// <summary>Random numbers, some of them again and again: drawing new ones would take longer than the contests.</summary>
    private static void Fill(Span<float> values, uint seed)
    {
        using Blob<float> drawn = new(Device.Cpu, [Math.Min(values.Length, DrawnNumbers)]);
        drawn.Fill(Filler.Uniform(-1, 1, seed));
        for (; values.Length > drawn.Data.Length; values = values[drawn.Data.Length..])
        {
            drawn.Data.CopyTo(values);
        }

        drawn.Data[..values.Length].CopyTo(values);
    }

    private Shape ResultShape(Pass pass) => pass switch
    {
        Pass.Forward => Top.Shape,
        Pass.BackwardData => Bottom.Shape,
        _ => Weights.Shape,
    };

    private static float* Address(ReadOnlySpan<float> span)
    {
        fixed (float* start = span)
        {
            return start;
        }
    }
}
