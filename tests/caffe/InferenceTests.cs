using NUnit.Framework;

namespace ConvNet.Caffe.Tests;

/// <summary>A net that runs forward only computes what it computes otherwise, with fewer passes over its blobs.</summary>
public class InferenceTests
{
    private const string Sums = """
        layer { name: "sums" type: "Convolution" bottom: "x" top: "y"
                convolution_param { num_output: 5 kernel_size: 3 pad: 1 weight_filler { type: "gaussian" std: 1 }
                                    bias_filler { type: "uniform" min: -1 max: 1 } } }
        """;

    private const string Rectified = """ layer { name: "rectified" type: "ReLU" bottom: "y" top: "y" } """;

    private const string Enlarged = """
        layer { name: "enlarged" type: "Deconvolution" bottom: "y" top: "z"
                convolution_param { num_output: 3 kernel_size: 4 stride: 2 weight_filler { type: "gaussian" std: 1 } } }
        layer { name: "leaky" type: "ReLU" bottom: "z" top: "z" relu_param { negative_slope: 0.1 } }
        """;

    [TestCase(Sums + Rectified + Enlarged, "sums enlarged", TestName = "Each in place")]
    [TestCase(Sums + Rectified + Rectified, "sums", TestName = "Two in turn, of which the second stays")]
    [TestCase(Sums + "layer { name: 'r' type: 'ReLU' bottom: 'y' top: 'r' }", "", TestName = "Not in place")]
    [TestCase(Sums + Rectified + "layer { name: 's' type: 'Sigmoid' bottom: 'y' top: 's' }", "sums", TestName = "Read later")]
    [TestCase(Sums + "layer { name: 's' type: 'Sigmoid' bottom: 'y' top: 's' }" + Rectified, "", TestName = "Read before")]
    [TestCase(Sums + "layer { name: 'r' type: 'ReLU' bottom: 'y' top: 'y' relu_param { negative_slope: -0.5 } }", "", TestName = "A slope that turns signs")]
    [TestCase("""
        layer { name: "sums" type: "Convolution" bottom: "x" bottom: "x2" top: "y" top: "y2"
                convolution_param { num_output: 5 kernel_size: 3 weight_filler { type: "gaussian" std: 1 } } }
        """ + Rectified, "", TestName = "Of one of two tops")]
    public void Results_are_those_of_a_net_with_gradients(string layers, string fused)
    {
        using var plain = Build(layers, inferenceOnly: false);
        using var inference = Build(layers, inferenceOnly: true);
        plain.Forward();
        inference.Forward();
        using (Assert.EnterMultipleScope())
        {
            foreach (var (expected, layer) in plain.Layers.Zip(inference.Layers))
            {
                Assert.That(layer.Name, Is.EqualTo(expected.Name));
                foreach (var (name, i) in layer.TopNames.Select((name, i) => (name, i)))
                {
                    Assert.That(inference[name].Data.ToArray(), Is.EqualTo(plain[name].Data.ToArray()), name);
                    Assert.That(layer.Tops[i].Data.ToArray(), Is.EqualTo(expected.Tops[i].Data.ToArray()), name);
                }
            }
            var rectifying = inference.Layers.Where(
                layer => layer.Operation is Operations.ConvolutionOperation<float> { HasActivation: true });
            Assert.That(string.Join(' ', rectifying.Select(layer => layer.Name)), Is.EqualTo(fused));
        }
    }

    [Test]
    public void Backward_is_an_error()
    {
        using var net = Build(Sums + Rectified, inferenceOnly: true);
        net.Forward();
        Assert.That(net.Backward, Throws.InvalidOperationException.With.Message.Contains("InferenceOnly"));
    }

    [Test]
    public void Shapes_may_change()
    {
        using var net = Build(Sums + Rectified, inferenceOnly: true);
        net["x"].Reshape([1, 3, 9, 4]);
        net["x"].Fill(Filler.Uniform(-1, 1, seed: 2));
        net.Forward();
        Assert.That(net["y"].Shape.ToString(), Is.EqualTo("1x5x9x4"));
        Assert.That(net["y"].Data.ToArray(), Is.All.GreaterThanOrEqualTo(0f).And.Some.GreaterThan(0f));
    }

    private static Net<float> Build(string layers, bool inferenceOnly)
    {
        var shapes = new Dictionary<string, Shape> { ["x"] = [2, 3, 6, 7] };
        if (layers.Contains("x2", StringComparison.Ordinal))
        {
            shapes["x2"] = [2, 3, 6, 7];
        }
        var net = Net<float>.FromPrototxt(
            layers, new NetOptions { Inputs = shapes, InferenceOnly = inferenceOnly, Seed = 5 });
        foreach (var input in net.Inputs.Values)
        {
            input.Fill(Filler.Uniform(-1, 1, seed: 1));
        }
        return net;
    }
}
