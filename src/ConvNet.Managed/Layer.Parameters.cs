using System.Globalization;
using ConvNet.Interop;

namespace ConvNet;

/// <content>Parameters.</content>
public abstract unsafe partial class Layer<T>
{
    // One storage per parameter that exists or was set; the same one that all blobs over that parameter share.
    private readonly BlobStorage?[] _storages;

    // What Parameters gave out, made when first asked for and again when the caller disposed of it.
    private readonly Blob<T>?[] _parameters;

    /// <summary>
    /// The parameters: the weights, then the bias. The blobs refer to the memory that the layer uses. The layer disposes
    /// of them with itself; disposing of one earlier is harmless, and the next call gives a new one.
    /// </summary>
    /// <exception cref="InvalidOperationException">They do not exist before the first <see cref="Reshape"/>.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    public IReadOnlyList<Blob<T>> Parameters
    {
        get
        {
            ThrowIfDisposed();
            var blobs = new Blob<T>[_storages.Length];
            for (int index = 0; index < blobs.Length; index++)
            {
                blobs[index] = Parameter(index);
            }

            return Array.AsReadOnly(blobs);
        }
    }

    /// <summary>
    /// Makes the layer use a blob as its parameter, shared with whoever else uses it. Before the first
    /// <see cref="Reshape"/> any blob is taken, and checked then; afterwards it must have the parameter's shape. A filler
    /// of the options does not touch a blob that was set.
    /// </summary>
    /// <param name="index">0 for the weights, 1 for the bias.</param>
    /// <param name="blob">A blob on the layer's device, or where that is a CPU device, on any. The caller may dispose of it;
    /// the layer goes on using it.</param>
    /// <exception cref="ArgumentException">The blob is where the layer cannot use it, or has another shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such parameter.</exception>
    /// <exception cref="ObjectDisposedException">The layer or the blob was disposed.</exception>
    public void SetParameter(int index, Blob<T> blob)
    {
        CheckParameterIndex(index);
        ArgumentNullException.ThrowIfNull(blob);
        BlobStorage storage = blob.Storage;
        NativeStatus.ThrowIfFailed(NativeMethods.cn_layer_set_parameter(_handle, index, blob.Handle));
        storage.AddReference();
        _storages[index]?.Release();
        _storages[index] = storage;

        // A blob over the old parameter may still be in the caller's hands, so it is forgotten, not disposed of.
        _parameters[index] = null;
    }

    /// <summary>Freezes a parameter, so that backward does not compute its gradient, or thaws it.</summary>
    /// <param name="index">0 for the weights, 1 for the bias.</param>
    /// <param name="propagate">True to compute the gradient, which is the default.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such parameter.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    public void SetParamPropagateDown(int index, bool propagate)
    {
        CheckParameterIndex(index);
        NativeStatus.ThrowIfFailed(
            NativeMethods.cn_layer_set_param_propagate_down(_handle, index, propagate ? 1 : 0));
    }

    /// <summary>Sets the gradients of all parameters to zero.</summary>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    public void ClearGradients() => NativeStatus.ThrowIfFailed(NativeMethods.cn_layer_clear_gradients(NativeHandle));

    /// <summary>The rule that fills a parameter when it comes into existence, or null to leave it zero.</summary>
    private protected virtual Filler? FillerOf(int index) => null;

    /// <summary>A parameter by its index.</summary>
    private protected Blob<T> Parameter(int index)
    {
        ThrowIfDisposed();
        BlobStorage storage = _storages[index] ?? throw new InvalidOperationException(
            "The layer has no parameters before it knows the shape of its input; call Reshape first.");
        if (_parameters[index] is not { IsDisposed: false } blob)
        {
            NativeStatus.ThrowIfFailed(NativeMethods.cn_layer_parameter(out BlobHandle handle, _handle, index));
            blob = new Blob<T>(handle, storage);
            _parameters[index] = blob;
        }

        return blob;
    }

    /// <summary>Fills the parameters that the native layer made, and takes note of them.</summary>
    private void TakeParameters()
    {
        for (int index = 0; index < _storages.Length; index++)
        {
            if (_storages[index] is null)
            {
                int status = NativeMethods.cn_layer_parameter(out BlobHandle handle, _handle, index);
                using (handle)
                {
                    NativeStatus.ThrowIfFailed(status);
                    FillerOf(index)?.Apply(handle);
                    _storages[index] = BlobStorage.Of(Device, handle, sizeof(T));
                }
            }
        }
    }

    private void ReleaseParameters()
    {
        for (int index = 0; index < _storages.Length; index++)
        {
            _parameters[index]?.Dispose();
            _storages[index]?.Release();
        }
    }

    private void CheckParameterIndex(int index)
    {
        ThrowIfDisposed();
        if ((uint)index >= (uint)_storages.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index,
                string.Create(CultureInfo.InvariantCulture, $"The layer has {_storages.Length} parameters."));
        }
    }
}
