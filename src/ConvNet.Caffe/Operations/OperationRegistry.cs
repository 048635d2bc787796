using System.Collections.Frozen;
using System.Numerics;
using ConvNet.Caffe.Text;

namespace ConvNet.Caffe.Operations;

/// <summary>The types of layers that are known.</summary>
internal static class OperationRegistry<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly FrozenDictionary<string, Func<OperationContext, Operation<T>>> Factories =
        new Dictionary<string, Func<OperationContext, Operation<T>>>
        {
            ["Bias"] = context => new BiasOperation<T>(context),
            ["Convolution"] = ConvolutionOperation<T>.Convolution,
            ["Deconvolution"] = ConvolutionOperation<T>.Deconvolution,
            ["EuclideanLoss"] = context => new EuclideanLossOperation<T>(context),
            ["Im2col"] = context => new Im2colOperation<T>(context),
            ["Input"] = context => new InputOperation<T>(context),
            ["PReLU"] = context => new PReluOperation<T>(context),
            ["ReLU"] = context => new ReluOperation<T>(context),
            ["Sigmoid"] = context => new SigmoidOperation<T>(context),
            ["SigmoidCrossEntropyLoss"] = context => new SigmoidCrossEntropyLossOperation<T>(context),

            // Layers that read files or databases: their tops are inputs here.
            ["Data"] = context => new InputOperation<T>(context),
            ["DummyData"] = context => new InputOperation<T>(context),
            ["HDF5Data"] = context => new InputOperation<T>(context),
            ["ImageData"] = context => new InputOperation<T>(context),
            ["MemoryData"] = context => new InputOperation<T>(context),
            ["WindowData"] = context => new InputOperation<T>(context),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Makes the operation of a layer.</summary>
    public static Operation<T> Create(OperationContext context)
    {
        var type = context.Parameter.Type;
        if (Factories.TryGetValue(type, out var create))
        {
            return create(context);
        }
        var known = Factories.Keys.Order(StringComparer.Ordinal).ToList();
        var near = Spelling.Nearest(type, known);
        var problem = type.Length == 0 ? "it has no type" : $"the type '{type}' is not known";
        throw context.Definition.Error(
            $"{problem}{(near is null ? "" : $" (did you mean '{near}'?)")}; known types are {string.Join(", ", known)}");
    }
}
