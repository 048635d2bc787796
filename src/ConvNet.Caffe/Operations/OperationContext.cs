using ConvNet.Caffe.Graph;
using ConvNet.Caffe.Proto;

namespace ConvNet.Caffe.Operations;

/// <summary>What an operation is made of.</summary>
/// <param name="Definition">The layer as the net describes it.</param>
/// <param name="Device">Where it computes.</param>
/// <param name="Fillers">Makes the fillers of its parameters.</param>
internal sealed record OperationContext(LayerDefinition Definition, Device Device, FillerSource Fillers)
{
    /// <summary>The message of the layer.</summary>
    public LayerParameter Parameter => Definition.Parameter;
}
