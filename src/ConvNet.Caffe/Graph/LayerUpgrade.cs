using ConvNet.Caffe.Proto;
using ConvNet.Caffe.Text;

namespace ConvNet.Caffe.Graph;

/// <summary>Brings the layers of a net of any age into the newest form.</summary>
internal static class LayerUpgrade
{
    /// <summary>The layers of a prototxt.</summary>
    public static IReadOnlyList<LayerDefinition> Definitions(PrototxtDocument document)
    {
        var field = document.Net.Layer.Count > 0 ? "layer" : "layers";
        if (document.Net.Layer.Count > 0 && document.Net.Layers.Count > 0)
        {
            throw new CaffeException(
                document.PositionOf("layers[0]"), "the net mixes 'layer' and 'layers'; write all of them as 'layer'");
        }
        var layers = Layers(document.Net);
        return layers.Count > 0
            ? [.. layers.Select((layer, index) => new LayerDefinition(layer, document, $"{field}[{index}]"))]
            : throw new CaffeException(
                document.PositionOf(""), "the net has no layers; each is written as 'layer { ... }'");
    }

    /// <summary>The layers of a net, in the newest form.</summary>
    public static IReadOnlyList<LayerParameter> Layers(NetParameter net) =>
        [.. net.Layers.Select(Upgrade), .. net.Layer];

    /// <summary>A layer from before 2015 in the newest form.</summary>
    private static LayerParameter Upgrade(V1LayerParameter old)
    {
        var layer = new LayerParameter { Name = old.Name, Type = TypeName(old.Type) };
        layer.Bottom.Add(old.Bottom);
        layer.Top.Add(old.Top);
        layer.Blobs.Add(old.Blobs);
        layer.LossWeight.Add(old.LossWeight);
        layer.Include.Add(old.Include);
        layer.Exclude.Add(old.Exclude);
        layer.ConvolutionParam = old.ConvolutionParam;
        layer.MemoryDataParam = old.MemoryDataParam;
        layer.ReluParam = old.ReluParam;
        layer.SigmoidParam = old.SigmoidParam;
        layer.LossParam = old.LossParam;
        var count = new[] { old.BlobsLr.Count, old.WeightDecay.Count, old.Param.Count, old.BlobShareMode.Count }.Max();
        for (var i = 0; i < count; i++)
        {
            layer.Param.Add(UpgradeParam(old, i));
        }
        return layer;
    }

    private static ParamSpec UpgradeParam(V1LayerParameter old, int index)
    {
        var spec = new ParamSpec();
        if (index < old.Param.Count)
        {
            spec.Name = old.Param[index];
        }
        if (index < old.BlobsLr.Count)
        {
            spec.LrMult = old.BlobsLr[index];
        }
        if (index < old.WeightDecay.Count)
        {
            spec.DecayMult = old.WeightDecay[index];
        }
        if (index < old.BlobShareMode.Count)
        {
            spec.ShareMode = old.BlobShareMode[index];
        }
        return spec;
    }

    /// <summary>The name that a type has today.</summary>
    private static string TypeName(V1LayerParameter.Types.LayerType type) => type switch
    {
        V1LayerParameter.Types.LayerType.None => "",
        V1LayerParameter.Types.LayerType.Absval => "AbsVal",
        V1LayerParameter.Types.LayerType.Argmax => "ArgMax",
        V1LayerParameter.Types.LayerType.Bnll => "BNLL",
        V1LayerParameter.Types.LayerType.Hdf5Data => "HDF5Data",
        V1LayerParameter.Types.LayerType.Hdf5Output => "HDF5Output",
        V1LayerParameter.Types.LayerType.Lrn => "LRN",
        V1LayerParameter.Types.LayerType.Mvn => "MVN",
        V1LayerParameter.Types.LayerType.Relu => "ReLU",
        V1LayerParameter.Types.LayerType.SoftmaxLoss => "SoftmaxWithLoss",
        V1LayerParameter.Types.LayerType.Tanh => "TanH",
        _ => type.ToString(),
    };
}
