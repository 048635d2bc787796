using System.Numerics;
using System.Numerics.Tensors;
using ConvNet.Caffe.Graph;
using ConvNet.Caffe.Model;
using ConvNet.Caffe.Text;

namespace ConvNet.Caffe;

/// <summary>
/// A net of layers, built from a prototxt: fill the inputs, run it forward, and backward for gradients.
/// </summary>
/// <remarks>
/// <code>
/// using var net = Net&lt;float&gt;.FromPrototxtFile("net.prototxt", Phase.Test, ("data", [1, 3, 64, 64]));
/// net.LoadWeights("net.caffemodel");
/// net["data"].CopyFrom(pixels);
/// net.Forward();
/// ReadOnlySpan&lt;float&gt; result = net["result"].Data;
/// </code>
/// A blob that several layers read gets the sum of their gradients. Layers written as working in place (one name as
/// bottom and top) share memory only where that changes no result. A net belongs to one thread at a time.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Net<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly NetGraph<T> _graph;
    private readonly Dictionary<string, Blob<T>> _inputs;
    private readonly IReadOnlyList<string> _fixedWarnings;
    private readonly bool _hasLoss;
    private readonly bool _inferenceOnly;
    private IReadOnlyList<Shape> _inputShapes = [];
    private bool _hasRun;
    private bool _disposed;

    private Net(PrototxtDocument document, NetOptions options)
    {
        var device = options.Device ?? Device.Cpu;
        Name = document.Net.Name;
        _inferenceOnly = options.InferenceOnly;
        _graph = NetGraph<T>.Build(document, options, device);
        try
        {
            var force = options.ForceBackward ?? document.Net.ForceBackward;
            _fixedWarnings = [.. document.Warnings, .. GradientPlan.Apply(_graph, force)];
            if (options.InferenceOnly)
            {
                RectifierFusion.Apply(_graph);
            }
            NetMemory.Allocate(_graph, document, options, device);
        }
        catch
        {
            _disposed = true;
            _graph.Dispose();
            throw;
        }
        _hasLoss = _graph.Blobs.Any(blob => blob.LossWeight != T.Zero);
        _inputs = _graph.Inputs.ToDictionary(pair => pair.Key, pair => pair.Value.Blob);
        _inputShapes = CurrentInputShapes();
    }

    /// <summary>The name that the prototxt gives it; may be empty.</summary>
    public string Name { get; }

    /// <summary>The layers, in the order in which they run.</summary>
    public IReadOnlyList<NetLayer<T>> Layers => _graph.Layers;

    /// <summary>What the caller fills, by name.</summary>
    public IReadOnlyDictionary<string, Blob<T>> Inputs => _inputs;

    /// <summary>What no layer reads, by name.</summary>
    public IReadOnlyDictionary<string, Blob<T>> Outputs => _graph.Latest
        .Where(pair => pair.Value.Consumers.Count == 0 && !pair.Value.IsInput)
        .ToDictionary(pair => pair.Key, pair => pair.Value.Blob);

    /// <summary>
    /// What is odd about the net though it runs: fields of the prototxt that were skipped, weights that are all equal,
    /// a sigmoid in front of a loss that applies one. Reads the weights as they are now, so that loading or filling
    /// them mends the warning.
    /// </summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return [.. _fixedWarnings, .. LearningDiagnosis.Warnings(_graph)];
        }
    }

    /// <summary>
    /// The blob of a name. Where layers work in place it is what the last of them makes; an input is what the caller
    /// gives.
    /// </summary>
    /// <param name="name">The name of an input or of a top.</param>
    /// <exception cref="KeyNotFoundException">There is no such blob.</exception>
    public Blob<T> this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_inputs.TryGetValue(name, out var input))
            {
                return input;
            }
            return _graph.Latest.TryGetValue(name, out var blob)
                ? blob.Blob
                : throw new KeyNotFoundException(
                    $"The net has no blob '{name}'; it has {string.Join(", ", _graph.Latest.Keys)}.");
        }
    }

    /// <summary>Builds a net from the text of a prototxt.</summary>
    /// <param name="text">The text.</param>
    /// <param name="phase">What the net is for.</param>
    /// <param name="inputs">Shapes of inputs that the text does not declare, or declares otherwise.</param>
    /// <exception cref="CaffeException">The text is at fault, or the layers do not fit together.</exception>
    public static Net<T> FromPrototxt(
        string text, Phase phase = Phase.Test, params ReadOnlySpan<(string Name, Shape Shape)> inputs) =>
        FromPrototxt(text, Options(phase, inputs));

    /// <summary>Builds a net from the text of a prototxt.</summary>
    /// <param name="text">The text.</param>
    /// <param name="options">How it is built.</param>
    /// <exception cref="CaffeException">The text is at fault, or the layers do not fit together.</exception>
    public static Net<T> FromPrototxt(string text, NetOptions options)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(options);
        return new Net<T>(PrototxtReader.Read(text), options);
    }

    /// <summary>Builds a net from a prototxt file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="phase">What the net is for.</param>
    /// <param name="inputs">Shapes of inputs that the file does not declare, or declares otherwise.</param>
    /// <exception cref="CaffeException">The text is at fault, or the layers do not fit together.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Net<T> FromPrototxtFile(
        string path, Phase phase = Phase.Test, params ReadOnlySpan<(string Name, Shape Shape)> inputs) =>
        FromPrototxtFile(path, Options(phase, inputs));

    /// <summary>Builds a net from a prototxt file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is built.</param>
    /// <exception cref="CaffeException">The text is at fault, or the layers do not fit together.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Net<T> FromPrototxtFile(string path, NetOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        return new Net<T>(PrototxtReader.Read(File.ReadAllText(path), path), options);
    }

    /// <summary>Loads weights into the layers of the same name. Either all that fit are taken, or none.</summary>
    /// <param name="path">A caffemodel.</param>
    /// <returns>What was loaded, what of the file was ignored, and which layers keep their own.</returns>
    /// <exception cref="CaffeException">The file is damaged or no caffemodel, or a layer of the same name has other
    /// parameters.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public WeightsReport LoadWeights(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return NetWeights.Load(Layers, CaffeModelFile.Read(path), path);
    }

    /// <summary>Loads weights into the layers of the same name. Either all that fit are taken, or none.</summary>
    /// <param name="stream">A caffemodel, read to its end.</param>
    /// <returns>What was loaded, what of the file was ignored, and which layers keep their own.</returns>
    /// <exception cref="CaffeException">The stream is damaged or no caffemodel, or a layer of the same name has other
    /// parameters.</exception>
    public WeightsReport LoadWeights(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ObjectDisposedException.ThrowIf(_disposed, this);
        const string name = CaffeModelFile.StreamName;
        return NetWeights.Load(Layers, CaffeModelFile.Read(stream, name), name);
    }

    /// <summary>Saves the weights as a caffemodel. An old file is replaced only once the new one is complete.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveWeights(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(_disposed, this);
        CaffeModelFile.Write(NetWeights.Save(Layers, Name), path);
    }

    /// <summary>Saves the weights as a caffemodel.</summary>
    /// <param name="stream">Where it is written to; stays open.</param>
    public void SaveWeights(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ObjectDisposedException.ThrowIf(_disposed, this);
        CaffeModelFile.Write(NetWeights.Save(Layers, Name), stream);
    }

    /// <summary>
    /// Gives all blobs the shapes that follow from those of the inputs. <see cref="Forward"/> does so itself when an
    /// input has changed its shape.
    /// </summary>
    /// <exception cref="CaffeException">A layer cannot take the shape that its bottom has now.</exception>
    public void Reshape()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _hasRun = false;
        _inputShapes = [];
        foreach (var layer in Layers)
        {
            layer.Reshape();
        }
        _inputShapes = CurrentInputShapes();
    }

    /// <summary>Computes all blobs from the inputs.</summary>
    /// <returns>The loss: the sum of all blobs that have a <c>loss_weight</c>, times that; 0 without any.</returns>
    public T Forward()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_inputShapes.SequenceEqual(CurrentInputShapes()))
        {
            Reshape();
        }
        foreach (var layer in Layers)
        {
            layer.Forward();
        }
        _hasRun = true;
        var loss = T.Zero;
        foreach (var blob in _graph.Blobs.Where(blob => blob.LossWeight != T.Zero))
        {
            loss += blob.LossWeight * TensorPrimitives.Sum(blob.Blob.Data);
        }
        return loss;
    }

    /// <summary>
    /// Computes gradients: adds to those of the parameters, overwrites those of the blobs. In a net without a loss the
    /// caller first fills the gradients (<see cref="Blob{T}.MutableDiff"/>) of the <see cref="Outputs"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The net has not run forward since its shapes changed, or it was built
    /// for <see cref="NetOptions.InferenceOnly"/>.</exception>
    public void Backward()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_inferenceOnly)
        {
            throw new InvalidOperationException(
                "The net was built with InferenceOnly, so it has no gradients: build it without that option.");
        }
        if (!_hasRun)
        {
            throw new InvalidOperationException("Backward needs the values of a forward pass: call Forward first.");
        }
        foreach (var blob in _graph.Blobs)
        {
            blob.BeginBackward();
        }
        foreach (var layer in Enumerable.Reverse(_graph.Layers).Where(layer => layer.NeedsBackward))
        {
            foreach (var top in layer.TopBlobs.Where(top => top.ExpectedGradients == 0))
            {
                if (_hasLoss || top.Consumers.Count > 0)
                {
                    top.Blob.ClearDiff();
                }
            }
            layer.Backward();
        }
    }

    /// <summary>Sets the gradients of all parameters to zero.</summary>
    public void ClearGradients()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        foreach (var parameter in Layers.SelectMany(layer => layer.Parameters))
        {
            parameter.ClearDiff();
        }
    }

    /// <summary>Gives the memory of all layers and blobs back.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _graph.Dispose();
        }
    }

    private static NetOptions Options(Phase phase, ReadOnlySpan<(string Name, Shape Shape)> inputs)
    {
        var shapes = new Dictionary<string, Shape>();
        foreach (var (name, shape) in inputs)
        {
            shapes.Add(name, shape);
        }
        return new NetOptions { Phase = phase, Inputs = shapes };
    }

    private List<Shape> CurrentInputShapes() => [.. _inputs.Values.Select(blob => blob.Shape)];
}
