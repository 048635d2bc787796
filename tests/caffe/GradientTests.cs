using NUnit.Framework;

namespace ConvNet.Caffe.Tests;

/// <summary>Gradients of every type of layer, by the rule of Caffe's own tests and by a sharper one.</summary>
public class GradientTests
{
    private const string Xavier = "weight_filler { type: 'xavier' } bias_filler { type: 'uniform' }";

    private static readonly TestCaseData[] Layers =
    [
        Layer("convolution", $"type: 'Convolution' convolution_param {{ num_output: 4 kernel_size: 3 stride: 2 pad: 1 group: 1 {Xavier} }}"),
        Layer("grouped convolution", $"type: 'Convolution' convolution_param {{ num_output: 6 group: 3 kernel_h: 3 kernel_w: 2 pad_h: 1 {Xavier} }}"),
        Layer("dilated convolution", $"type: 'Convolution' convolution_param {{ num_output: 2 kernel_size: [2, 3] dilation: 2 pad: 1 {Xavier} }}"),
        Layer("deconvolution", $"type: 'Deconvolution' convolution_param {{ num_output: 2 kernel_size: 3 stride: 2 pad: 1 {Xavier} }}"),
        Layer("grouped deconvolution", $"type: 'Deconvolution' convolution_param {{ num_output: 3 group: 3 kernel_size: 2 bias_term: false {Xavier} }}"),
        Layer("im2col", "type: 'Im2col' convolution_param { kernel_size: 3 stride: 2 pad: 1 }"),
        Layer("relu", "type: 'ReLU'"),
        Layer("leaky relu", "type: 'ReLU' relu_param { negative_slope: 0.1 }"),
        Layer("relu with a negative slope", "type: 'ReLU' relu_param { negative_slope: -0.5 }"),
        Layer("prelu", "type: 'PReLU' prelu_param { filler { type: 'uniform' } }"),
        Layer("shared prelu", "type: 'PReLU' prelu_param { channel_shared: true }"),
        Layer("sigmoid", "type: 'Sigmoid'"),
        Layer("bias", "type: 'Bias' bias_param { filler { type: 'uniform' } }"),
        Layer("bias of two axes", "type: 'Bias' bias_param { axis: 2 num_axes: 2 }"),
        Layer("scalar bias", "type: 'Bias' bias_param { num_axes: 0 }"),
        Layer("bias of all axes", "type: 'Bias' bias_param { axis: 0 num_axes: -1 }"),
    ];

    [TestCaseSource(nameof(Layers))]
    public void Of_a_layer(string description)
    {
        using var net = Build($"layer {{ name: 'l' bottom: 'x' top: 'y' {description} }}", ("x", [2, 3, 6, 4]));
        GradientCheck.Run(net);
        GradientCheck.Run(net, step: 1e-2, threshold: 1e-3);
    }

    [TestCaseSource(nameof(Layers))]
    public void Of_a_layer_in_place(string description)
    {
        using var net = Build(
            $$"""
            layer { name: 'before' type: 'Bias' bottom: 'x' top: 'y' bias_param { axis: 0 num_axes: 0 filler { value: 0.003 } } }
            layer { name: 'l' bottom: 'y' top: 'y' {{description}} }
            """,
            ("x", [2, 3, 6, 4]));
        GradientCheck.Run(net);
    }

    [TestCaseSource(nameof(Layers))]
    public void Of_a_layer_between_others_written_in_place(string description)
    {
        // The blob has another reader as well, so that its gradients are summed.
        using var net = Build(
            $$"""
            layer { name: 'before' type: 'Bias' bottom: 'x' top: 'y' bias_param { axis: 0 num_axes: 0 filler { value: 0.003 } } }
            layer { name: 'other' type: 'Sigmoid' bottom: 'y' top: 'z' }
            layer { name: 'l' bottom: 'y' top: 'y' {{description}} }
            layer { name: 'after' type: 'Sigmoid' bottom: 'y' top: 'y' }
            """,
            ("x", [2, 3, 6, 4]));
        Assert.That(net.Outputs.Keys, Is.EquivalentTo(new[] { "y", "z" }));
        GradientCheck.Run(net);
    }

    [Test]
    public void Of_convolutions_with_several_bottoms()
    {
        using var net = Build(
            $"layer {{ name: 'l' type: 'Convolution' bottom: ['a', 'b'] top: ['c', 'd'] convolution_param {{ num_output: 2 kernel_size: 2 {Xavier} }} }}",
            ("a", [2, 3, 4, 3]), ("b", [2, 3, 4, 3]));
        GradientCheck.Run(net);
    }

    [Test]
    public void Of_a_convolution_without_spatial_axes()
    {
        using var net = Build(
            $"layer {{ name: 'l' type: 'Convolution' bottom: 'x' top: 'y' convolution_param {{ num_output: 2 axis: 3 {Xavier} }} }}",
            ("x", [2, 3, 6, 4]));
        GradientCheck.Run(net);
    }

    [Test]
    public void Of_a_bias_that_is_a_bottom()
    {
        using var net = Build(
            "layer { name: 'l' type: 'Bias' bottom: 'x' bottom: 'b' top: 'y' bias_param { axis: 1 } }",
            ("x", [2, 3, 6, 4]), ("b", [3, 6]));
        GradientCheck.Run(net);
        GradientCheck.Run(net);
        net["x"].Reshape([2, 2, 3]);
        net["b"].Reshape([2, 3]);
        TestData.Fill(net["b"]);
        GradientCheck.Run(net);
    }

    [Test]
    public void Of_the_euclidean_loss_to_both_sides()
    {
        using var net = Build(
            "layer { name: 'l' type: 'EuclideanLoss' bottom: 'a' bottom: 'b' top: 'y' loss_weight: 3 }", ("a", [4, 5]), ("b", [4, 5]));
        GradientCheck.Run(net);
    }

    [TestCase("")]
    [TestCase("loss_param { normalization: FULL }")]
    [TestCase("loss_param { normalization: NONE }")]
    [TestCase("loss_param { normalization: VALID ignore_label: 0 }")]
    public void Of_the_cross_entropy_loss_to_the_logits(string parameter)
    {
        using var net = Build(
            $"layer {{ name: 'l' type: 'SigmoidCrossEntropyLoss' bottom: 'a' bottom: 'b' top: 'y' {parameter} }}", ("a", [4, 5]), ("b", [4, 5]));
        GradientCheck.Run(net, without: "b");
    }

    [Test]
    public void Of_a_blob_that_is_read_three_times_once_twice_by_one_layer()
    {
        using var net = Build(
            $$"""
            layer { name: 'a' type: 'Sigmoid' bottom: 'x' top: 'a' }
            layer { name: 'b' type: 'Convolution' bottom: 'a' bottom: 'a' top: 'b' top: 'c' convolution_param { num_output: 3 kernel_size: 1 {{Xavier}} } }
            layer { name: 'd' type: 'ReLU' bottom: 'a' top: 'd' }
            layer { name: 'l1' type: 'EuclideanLoss' bottom: 'b' bottom: 'd' top: 'l1' }
            layer { name: 'l2' type: 'EuclideanLoss' bottom: 'c' bottom: 'a' top: 'l2' loss_weight: 0.5 }
            """,
            ("x", [2, 3, 2, 2]));
        GradientCheck.Run(net);
    }

    [TestCase("true", "false", 6)]
    [TestCase("false", "true", -6)]
    [TestCase("true", "true", 0)]
    public void Only_those_that_propagate_down_asks_for(string first, string second, double expected)
    {
        // Both sides of the loss are one blob; 'b' keeps them apart.
        using var net = Build(
            $$"""
            layer { name: 'b' type: 'Bias' bottom: 'x' top: 'b' bias_param { filler { value: -2 } } }
            layer { name: 'c' type: 'Convolution' bottom: 'b' bottom: 'b' top: 'c' top: 'd' propagate_down: {{first}} propagate_down: {{second}}
                    convolution_param { num_output: 1 kernel_size: 1 bias_term: false weight_filler { value: 3 } } }
            layer { name: 's' type: 'Bias' bottom: 'd' top: 'e' bias_param { filler { value: -2 } } }
            layer { name: 'l' type: 'EuclideanLoss' bottom: 'c' bottom: 'e' }
            """,
            ("x", [1, 1, 1, 1]));
        net.Forward();
        net.Backward();

        Assert.That(net.Layers[0].Parameters[0].Diff[0], Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Of_values_that_are_themselves_a_loss()
    {
        using var net = Build(
            """
            layer { name: 'a' type: 'Bias' bottom: 'x' top: 'a' loss_weight: 2 }
            layer { name: 'b' type: 'ReLU' bottom: 'a' top: 'a' loss_weight: 3 relu_param { negative_slope: 0.2 } }
            layer { name: 'c' type: 'Sigmoid' bottom: 'a' top: 'c' loss_weight: -1 }
            """,
            ("x", [2, 3]));
        GradientCheck.Run(net);
    }

    [Test]
    public void Of_parameters_that_layers_share()
    {
        using var net = Build(
            $$"""
            layer { name: 'a' type: 'Convolution' bottom: 'x' top: 'a' param { name: 'w' } param { name: 'b' lr_mult: 2 } convolution_param { num_output: 3 kernel_size: 3 pad: 1 {{Xavier}} } }
            layer { name: 'p' type: 'PReLU' bottom: 'a' top: 'a' param { name: 'slopes' } }
            layer { name: 'c' type: 'Convolution' bottom: 'a' top: 'c' param { name: 'w' } param { name: 'b' } convolution_param { num_output: 3 kernel_size: 3 pad: 1 } }
            layer { name: 'q' type: 'PReLU' bottom: 'c' top: 'c' param { name: 'slopes' } }
            """,
            ("x", [2, 3, 4, 3]));
        Assert.That(net.Layers[2].Parameters[0].Data.SequenceEqual(net.Layers[0].Parameters[0].Data));
        Assert.That(net.Layers[2].LearningRateMultipliers, Is.EqualTo(new[] { 1f, 2f }));
        Assert.That(net.Warnings, Is.Empty);
        GradientCheck.Run(net);
    }

    private static TestCaseData Layer(string name, string description) => new TestCaseData(description).SetArgDisplayNames(name);

    private static Net<double> Build(string text, params (string Name, Shape Shape)[] inputs)
    {
        var net = Net<double>.FromPrototxt(
            text, new NetOptions { Phase = Phase.Train, ForceBackward = true, Inputs = inputs.ToDictionary(i => i.Name, i => i.Shape) });
        foreach (var (blob, seed) in net.Inputs.Values.Select((blob, i) => (blob, i)))
        {
            TestData.Fill(blob, seed + 1);
        }
        return net;
    }
}
