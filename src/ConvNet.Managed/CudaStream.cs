using System.Diagnostics.CodeAnalysis;
using ConvNet.Interop;

namespace ConvNet;

/// <summary>
/// A CUDA stream by its handle: one that <see cref="Device.CreateStream"/> made, or one of another library, which goes on
/// owning it. A <c>cudaStream_t</c> and a <c>CUstream</c> are the same handle.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is what everybody calls a CUDA stream.")]
public sealed class CudaStream : IDisposable
{
    private readonly nint _handle;
    private readonly CudaResource? _owned;

    /// <summary>Refers to a stream of another library, which must outlive its use here.</summary>
    /// <param name="handle">The handle; 0 for the legacy default stream.</param>
    public CudaStream(nint handle) => _handle = handle;

    internal CudaStream(CudaResource owned)
    {
        _owned = owned;
        _handle = owned.DangerousGetHandle();
    }

    /// <summary>The legacy default stream, which devices use until they are given another.</summary>
    public static CudaStream Default { get; } = new(0);

    /// <summary>The handle of the stream.</summary>
    /// <exception cref="ObjectDisposedException">The stream was disposed.</exception>
    public nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_owned is { IsClosed: true }, this);
            return _handle;
        }
    }

    /// <summary>
    /// Destroys a stream that <see cref="Device.CreateStream"/> made; its work is still done. Where its device queues its
    /// work there, the default stream takes its place. Other streams are left alone.
    /// </summary>
    public void Dispose() => _owned?.Dispose();
}
