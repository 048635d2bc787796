using System.Runtime.InteropServices;

namespace ConvNet.Bench;

/// <summary>Memory to copy from and to, both touched.</summary>
internal sealed unsafe class CopyBuffers : IDisposable
{
    private readonly void* _from;
    private readonly void* _to;

    public CopyBuffers(long bytes)
    {
        const nuint page = 4096;
        Bytes = bytes;
        _from = NativeMemory.AlignedAlloc((nuint)bytes, page);
        _to = NativeMemory.AlignedAlloc((nuint)bytes, page);
        NativeMemory.Fill(_from, (nuint)bytes, 1);
        NativeMemory.Fill(_to, (nuint)bytes, 2);
    }

    public long Bytes { get; }

    public void Copy(int threads) => NativePeers.Copy(threads, _from, _to, Bytes);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_from);
        NativeMemory.AlignedFree(_to);
    }
}
