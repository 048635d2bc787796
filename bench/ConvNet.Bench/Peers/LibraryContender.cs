namespace ConvNet.Bench;

/// <summary>The library, through its public API.</summary>
internal sealed class LibraryContender : IContender
{
    private readonly Workload _workload;
    private readonly Pass _pass;
    private readonly BaseConvolutionLayer<float> _layer;
    private Blob<float> _weights;
    private Blob<float> _changed;

    private LibraryContender(Workload workload, Pass pass, BaseConvolutionLayer<float> layer)
    {
        _workload = workload;
        _pass = pass;
        _layer = layer;
        layer.Reshape(workload.Bottom.Shape);
        _weights = layer.Weights;
        _changed = new Blob<float>(workload.Device, _weights.Shape);
        _changed.CopyFrom(_weights.Data);
        // A backward pass computes only what somebody wants: here the one gradient that is timed.
        layer.SetParamPropagateDown(0, pass == Pass.BackwardFilter);
        layer.SetParamPropagateDown(1, false);
    }

    public string Name => _layer.Plan.Engine.ToString();

    public Engine Engine => _layer.Plan.Engine;

    public string Algorithm => _pass switch
    {
        Pass.Forward => _layer.Plan.Forward,
        Pass.BackwardData => _layer.Plan.BackwardData,
        _ => _layer.Plan.BackwardFilter,
    };

    public long WorkspaceBytes => _layer.Plan.WorkspaceBytes;

    public ReadOnlySpan<float> Result => _pass switch
    {
        Pass.Forward => _workload.Top.Data,
        Pass.BackwardData => _workload.Bottom.Diff,
        _ => _layer.Weights.Diff,
    };

    /// <summary>The library with an engine, or null when that engine cannot compute the layer.</summary>
    public static LibraryContender? TryCreate(
        Workload workload, Pass pass, Engine engine, Accuracy accuracy = Accuracy.Default)
    {
        BaseConvolutionLayer<float>? layer = null;
        try
        {
            ConvolutionOptions options = workload.Layer.Options(engine, accuracy);
            layer = workload.Layer.Transposed
                ? new Deconvolution<float>(workload.Device, options)
                : new Convolution<float>(workload.Device, options);
            return new LibraryContender(workload, pass, layer);
        }
        catch (NotSupportedException)
        {
            layer?.Dispose();
            return null;
        }
    }

    /// <summary>Computes with weights that others compute with, too.</summary>
    public void ShareWeights(Blob<float> weights) => _layer.SetParameter(0, weights);

    public void Poison()
    {
        switch (_pass)
        {
            case Pass.Forward:
                _workload.Top.MutableData.Fill(float.NaN);
                break;
            case Pass.BackwardData:
                _workload.Bottom.MutableDiff.Fill(float.NaN);
                break;
            default:
                // Gradients of parameters are added up, so they start at zero.
                _layer.ClearGradients();
                break;
        }
    }

    public void Run()
    {
        if (_pass == Pass.Forward)
        {
            _layer.Forward(_workload.Bottom, _workload.Top);
        }
        else
        {
            if (_pass == Pass.BackwardData)
            {
                // Training changes weights between passes, so that what was prepared of them is of no use any more.
                (_weights, _changed) = (_changed, _weights);
                _layer.SetParameter(0, _weights);
            }

            _layer.Backward(_workload.Top, _workload.Bottom, propagateDown: _pass == Pass.BackwardData);
        }
    }

    public void Dispose()
    {
        _layer.Dispose();
        _weights.Dispose();
        _changed.Dispose();
    }
}
