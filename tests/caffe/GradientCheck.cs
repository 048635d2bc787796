using NUnit.Framework;

namespace ConvNet.Caffe.Tests;

/// <summary>Holds the gradients of a net against differences of its loss.</summary>
internal static class GradientCheck
{
    /// <summary>Checks all parameters that learn and all inputs but those that are named.</summary>
    /// <param name="net">A net built with gradients to its inputs, its inputs filled.</param>
    /// <param name="step">How far a value is moved each way.</param>
    /// <param name="threshold">The greatest difference, relative to the gradient where that is above 1.</param>
    /// <param name="without">Inputs that have no gradient.</param>
    public static void Run(Net<double> net, double step = 1e-4, double threshold = 1e-6, params string[] without)
    {
        var hasLoss = Loss(net) != 0;
        net.ClearGradients();
        if (!hasLoss)
        {
            foreach (var (output, seed) in net.Outputs.Values.Select((blob, i) => (blob, i)))
            {
                TestData.Values(output.Count, seed + 50).CopyTo(output.MutableDiff);
            }
        }
        net.Backward();

        var parameters = net.Layers.SelectMany(layer => layer.Parameters
            .Where((_, i) => layer.LearningRateMultipliers[i] != 0)
            .Select((blob, i) => (Name: $"{layer.Name}[{i}]", Blob: blob)));
        var inputs = net.Inputs.Where(pair => !without.Contains(pair.Key)).Select(pair => (Name: pair.Key, Blob: pair.Value));
        foreach (var (name, blob) in parameters.Concat(inputs).ToList())
        {
            var gradient = blob.Diff.ToArray();
            for (var i = 0; i < gradient.Length; i++)
            {
                var value = blob.Data[i];
                blob.MutableData[i] = value + step;
                var above = hasLoss ? net.Forward() : WeightedSum(net);
                blob.MutableData[i] = value - step;
                var below = hasLoss ? net.Forward() : WeightedSum(net);
                blob.MutableData[i] = value;
                var numeric = (above - below) / (2 * step);
                var scale = Math.Max(1, Math.Max(Math.Abs(numeric), Math.Abs(gradient[i])));
                Assert.That(gradient[i], Is.EqualTo(numeric).Within(threshold * scale), $"{name}, element {i}");
            }
        }
    }

    private static double Loss(Net<double> net) => net.Forward();

    /// <summary>Without a loss, the outputs are weighed with the gradients that they were given.</summary>
    private static double WeightedSum(Net<double> net)
    {
        net.Forward();
        return net.Outputs.Values
            .Select((blob, seed) => blob.Data.ToArray().Zip(TestData.Values(blob.Count, seed + 50), (a, b) => a * b).Sum())
            .Sum();
    }
}
