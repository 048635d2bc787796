using ConvNet.Tests;
using NUnit.Framework;

namespace ConvNet.Caffe.Tests;

public class NetTests
{
    private const string Phases = """
        name: "phases"
        input: "x" input_shape { dim: 1 dim: 2 }
        layer { name: "both" type: "ReLU" bottom: "x" top: "y" }
        layer { name: "train" type: "Sigmoid" bottom: "y" top: "z" include { phase: TRAIN } }
        layer { name: "test" type: "ReLU" bottom: "y" top: "z" exclude { phase: TRAIN } }
        layer { name: "deep" type: "ReLU" bottom: "z" top: "d" include { min_level: 2 max_level: 3 } }
        layer { name: "stage" type: "ReLU" bottom: "z" top: "s" include { stage: "extra" not_stage: "never" } }
        """;

    [TestCase(Phase.Train, 0, "", "both train")]
    [TestCase(Phase.Test, 0, "", "both test")]
    [TestCase(Phase.Test, 2, "", "both test deep")]
    [TestCase(Phase.Test, 4, "", "both test")]
    [TestCase(Phase.Train, 0, "extra", "both train stage")]
    [TestCase(Phase.Train, 0, "extra never", "both train")]
    public void Layers_take_part_by_phase_level_and_stage(Phase phase, int level, string stages, string expected)
    {
        using var net = Net<float>.FromPrototxt(
            Phases, new NetOptions { Phase = phase, Level = level, Stages = stages.Split(' ', StringSplitOptions.RemoveEmptyEntries) });

        Assert.That(string.Join(' ', net.Layers.Select(layer => layer.Name)), Is.EqualTo(expected));
    }

    [Test]
    public void The_nets_own_state_counts_where_the_caller_says_nothing()
    {
        using var net = Net<float>.FromPrototxt(Phases + "state { level: 3 stage: 'extra' }");

        Assert.That(net.Layers.Select(layer => layer.Name), Is.EqualTo(new[] { "both", "test", "deep", "stage" }));
    }

    [TestCase("input: 'x' input_dim: [2, 3, 4, 5]", "2x3x4x5")]
    [TestCase("input: 'y' input: 'x' input_dim: [1, 1, 1, 1] input_dim: [2, 3, 4, 5]", "2x3x4x5")]
    [TestCase("input: 'x' input_shape { dim: [2, 3] }", "2x3")]
    [TestCase("layer { name: 'i' type: 'Input' top: 'x' input_param { shape { dim: [7, 8] } } }", "7x8")]
    [TestCase("layer { name: 'i' type: 'Input' top: 'y' top: 'x' input_param { shape { dim: 7 } } }", "7")]
    [TestCase("layer { name: 'i' type: 'MemoryData' top: 'x' top: 'label' memory_data_param { batch_size: 2 channels: 3 height: 4 width: 5 } }", "2x3x4x5")]
    [TestCase("layer { name: 'i' type: 'MemoryData' top: 'y' top: 'x' memory_data_param { batch_size: 2 channels: 3 height: 4 width: 5 } }", "2")]
    [TestCase("layers { name: 'i' type: MEMORY_DATA top: 'x' top: 'label' memory_data_param { batch_size: 2 channels: 3 height: 4 width: 5 } }", "2x3x4x5")]
    public void Inputs_may_be_declared_in_every_way(string declaration, string shape)
    {
        var relu = declaration.StartsWith("layers", StringComparison.Ordinal)
            ? "layers { name: 'r' type: RELU bottom: 'x' top: 'r' }" : "layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'r' }";
        using var net = Net<float>.FromPrototxt(declaration + relu);

        Assert.That(net["x"].Shape.ToString(), Is.EqualTo(shape));
        Assert.That(net["r"].Shape, Is.EqualTo(net["x"].Shape));
        Assert.That(net.Inputs.Keys, Does.Contain("x"));
    }

    [Test]
    public void The_caller_may_give_a_declared_input_another_shape_and_change_it_later()
    {
        const string text = """
            layer { name: 'i' type: 'Input' top: 'x' input_param { shape { dim: [1, 1, 8, 8] } } }
            layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' convolution_param { num_output: 2 kernel_size: 3 weight_filler { value: 1 } } }
            """;
        using var net = Net<float>.FromPrototxt(text, Phase.Test, ("x", [1, 1, 4, 5]));
        Assert.That(net["y"].Shape, Is.EqualTo(new Shape(1, 2, 2, 3)));

        net["x"].Reshape([2, 1, 3, 3]);
        net.Reshape();
        Assert.That(net["y"].Shape, Is.EqualTo(new Shape(2, 2, 1, 1)));

        net["x"].Reshape([1, 1, 5, 5]);
        net["x"].Fill(1f);
        net.Forward();
        Assert.That(net["y"].Shape, Is.EqualTo(new Shape(1, 2, 3, 3)));
        Assert.That(net["y"].Data.ToArray(), Is.All.EqualTo(9f));
    }

    [Test]
    public void A_net_that_cannot_be_reshaped_says_which_layer_and_works_on()
    {
        using var net = Net<float>.FromPrototxt(
            "layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' convolution_param { num_output: 2 kernel_size: 3 } }",
            Phase.Test, ("x", [1, 1, 4, 4]));
        net["x"].Reshape([1, 1, 2, 2]);

        Assert.That(() => net.Forward(), Throws.TypeOf<CaffeException>().With.Message.Contains("layer 'c' (Convolution)"));
        net["x"].Reshape([1, 1, 3, 3]);
        Assert.That(net.Forward(), Is.Zero);
    }

    [Test]
    public void Layers_in_place_share_memory_where_nobody_else_needs_it()
    {
        using var net = Net<float>.FromPrototxt(
            """
            layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' convolution_param { num_output: 1 kernel_size: 1 weight_filler { value: 1 } } }
            layer { name: 'r' type: 'ReLU' bottom: 'y' top: 'y' }
            layer { name: 's' type: 'Sigmoid' bottom: 'y' top: 'y' }
            layer { name: 'r2' type: 'ReLU' bottom: 'y' top: 'y' }
            """,
            Phase.Train, ("x", [1, 1, 1, 4]));

        Assert.That(net.Layers[1].Tops[0], Is.SameAs(net.Layers[0].Tops[0]));
        Assert.That(net.Layers[2].Tops[0], Is.SameAs(net.Layers[0].Tops[0]));
        // The sigmoid's backward pass needs its own result, which the next layer must not overwrite.
        Assert.That(net.Layers[3].Tops[0], Is.Not.SameAs(net.Layers[2].Tops[0]));
        Assert.That(net["y"], Is.SameAs(net.Layers[3].Tops[0]));
    }

    [Test]
    public void Inputs_are_never_overwritten()
    {
        using var net = Net<float>.FromPrototxt("layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'x' }", Phase.Test, ("x", [2]));
        net["x"].CopyFrom([-1, 2]);
        net.Forward();
        net.Forward();

        Assert.That(net["x"].Data.ToArray(), Is.EqualTo(new[] { -1f, 2f }));
        Assert.That(net.Outputs["x"].Data.ToArray(), Is.EqualTo(new[] { 0f, 2f }));
    }

    [Test]
    public void Other_readers_of_a_blob_that_is_changed_in_place_see_it_as_it_was()
    {
        using var net = Net<float>.FromPrototxt(
            """
            layer { name: 'b' type: 'Bias' bottom: 'x' top: 'y' }
            layer { name: 'r' type: 'ReLU' bottom: 'y' top: 'r' relu_param { negative_slope: 1 } }
            layer { name: 'in place' type: 'ReLU' bottom: 'y' top: 'y' }
            layer { name: 'after' type: 'Sigmoid' bottom: 'y' top: 's' }
            """,
            Phase.Test, ("x", [1, 2]));
        net["x"].CopyFrom([-1, 2]);
        net.Forward();

        Assert.That(net.Layers[1].Bottoms[0].Data.ToArray(), Is.EqualTo(new[] { -1f, 2f }));
        Assert.That(net["r"].Data.ToArray(), Is.EqualTo(new[] { -1f, 2f }));
        Assert.That(net["s"].Data[0], Is.EqualTo(0.5f));
    }

    [Test]
    public void Gradients_reach_the_inputs_only_when_they_are_asked_for()
    {
        const string text = """
            layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' convolution_param { num_output: 1 kernel_size: 1 weight_filler { value: 2 } } }
            layer { name: 'l' type: 'EuclideanLoss' bottom: 'y' bottom: 't' top: 'l' }
            """;
        foreach (var force in new[] { false, true })
        {
            using var net = Net<float>.FromPrototxt(
                text + (force ? "force_backward: true" : ""), Phase.Train, ("x", [1, 1, 1, 1]), ("t", [1, 1, 1, 1]));
            net["x"].Fill(3f);
            net.Forward();
            net.Backward();

            Assert.That(net["x"].Diff[0], Is.EqualTo(force ? 12f : 0f));
            Assert.That(net["t"].Diff[0], Is.EqualTo(force ? -6f : 0f));
            Assert.That(net.Layers[0].Parameters[0].Diff[0], Is.EqualTo(18f));
        }
    }

    [Test]
    public void Parameters_with_lr_mult_0_are_frozen()
    {
        using var net = Net<float>.FromPrototxt(
            """
            layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' param { lr_mult: 0 } convolution_param { num_output: 1 kernel_size: 1 weight_filler { value: 2 } } }
            layer { name: 'p' type: 'PReLU' bottom: 'y' top: 'y' param { lr_mult: 0 } }
            layer { name: 'b' type: 'Bias' bottom: 'y' top: 'y' param { lr_mult: 0 } }
            layer { name: 'l' type: 'EuclideanLoss' bottom: 'y' bottom: 't' top: 'l' }
            """,
            Phase.Train, ("x", [1, 1, 1, 1]), ("t", [1, 1, 1, 1]));
        net["x"].Fill(-3f);
        net.Forward();
        net.Backward();

        Assert.That(net.Layers[0].Parameters[0].Diff[0], Is.Zero);
        Assert.That(net.Layers[0].Parameters[1].Diff[0], Is.Not.Zero);
        Assert.That(net.Layers[1].Parameters[0].Diff[0], Is.Zero);
        Assert.That(net.Layers[2].Parameters[0].Diff[0], Is.Zero);
        Assert.That(net.Warnings, Is.Empty, "constant weights that are frozen are meant");
    }

    [Test]
    public void Gradients_of_parameters_accumulate_until_they_are_cleared()
    {
        using var net = Net<float>.FromPrototxt(
            """
            layer { name: 'b' type: 'Bias' bottom: 'x' top: 'y' }
            layer { name: 'l' type: 'EuclideanLoss' bottom: 'y' bottom: 't' top: 'l' }
            """,
            Phase.Train, ("x", [1, 1]), ("t", [1, 1]));
        net["x"].Fill(3f);
        net.Forward();
        net.Backward();
        net.Backward();
        Assert.That(net.Layers[0].Parameters[0].Diff[0], Is.EqualTo(6f));

        net.ClearGradients();
        Assert.That(net.Layers[0].Parameters[0].Diff[0], Is.Zero);
    }

    [Test]
    public void Layers_that_no_loss_depends_on_get_no_gradient()
    {
        using var net = Net<float>.FromPrototxt(
            """
            layer { name: 'b' type: 'Bias' bottom: 'x' top: 'y' }
            layer { name: 'aside' type: 'Bias' bottom: 'y' top: 'z' }
            layer { name: 'l' type: 'EuclideanLoss' bottom: 'y' bottom: 't' }
            """,
            Phase.Train, ("x", [1, 1]), ("t", [1, 1]));
        net["x"].Fill(3f);
        net["z"].MutableDiff.Fill(100f);
        Assert.That(net.Forward(), Is.EqualTo(4.5f));
        net.Backward();

        Assert.That(net.Layers[0].Parameters[0].Diff[0], Is.EqualTo(3f));
        Assert.That(net.Layers[1].Parameters[0].Diff[0], Is.Zero);
    }

    [Test]
    public void Targets_that_depend_on_learning_layers_are_warned_of()
    {
        using var net = Net<float>.FromPrototxt(
            """
            layer { name: 'b' type: 'Bias' bottom: 'x' top: 'y' }
            layer { name: 'l' type: 'SigmoidCrossEntropyLoss' bottom: 'x' bottom: 'y' }
            """,
            Phase.Train, ("x", [1, 1]));

        Assert.That(net.Warnings, Has.Exactly(1).Contains("'y' depends on layers that learn"));
    }

    [TestCase("layer { name: 'p' type: 'Poling' bottom: 'x' top: 'y' }", "layer 'p' (Poling): the type 'Poling' is not known; known types are Bias, Convolution, Data, Deconvolution")]
    [TestCase("layer { name: 'p' type: 'Relu' bottom: 'x' top: 'y' }", "did you mean 'ReLU'?")]
    [TestCase("layer { name: 'p' bottom: 'x' top: 'y' }", "it has no type")]
    [TestCase("layers { name: 'p' type: POOLING bottom: 'x' top: 'y' }", "layer 'p' (Pooling): the type 'Pooling' is not known")]
    [TestCase("layer { name: 'r' type: 'ReLU' bottom: 'z' top: 'y' }", "its bottom 'z' is made by no layer before it")]
    [TestCase("layer { name: 'r' type: 'ReLU' bottom: 'x' bottom: 'x' top: 'y' }", "it has 2 bottoms, expected 1")]
    [TestCase("layer { name: 'r' type: 'ReLU' bottom: 'x' }", "it has 0 tops, expected 1")]
    [TestCase("layer { name: 'b' type: 'Bias' top: 'y' }", "it has 0 bottoms, expected 1 to 2")]
    [TestCase("layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' top: 'z' convolution_param { num_output: 1 kernel_size: 1 } }", "it has 1 bottoms and 2 tops")]
    [TestCase("layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' }", "convolution_param is missing")]
    [TestCase("layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' convolution_param { num_output: 2 } }", "kernel")]
    [TestCase("layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' convolution_param { num_output: 3 kernel_size: 1 group: 2 } }", "group")]
    [TestCase("layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' convolution_param { kernel_size: 1 weight_filler { type: 'zavier' } } }", "unknown filler 'zavier'")]
    [TestCase("layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'y' } layer { name: 's' type: 'ReLU' bottom: 'x' top: 'y' }", "its top 'y' is made by layer 'r' already")]
    [TestCase("layer { name: 'i' type: 'Input' top: 'i' }", "nothing says what shape its top 'i' has")]
    [TestCase("layer { name: 'i' type: 'Input' top: 'i' input_param { shape { dim: 0 } } }", "layer 'i' (Input)")]
    [TestCase("input: 'i' layer { name: 'r' type: 'ReLU' bottom: 'i' top: 'y' }", "input 'i' has no shape")]
    [TestCase("layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'y' param { } }", "it has 1 'param' entries, but 0 parameters")]
    [TestCase("layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'y' loss_weight: 1 loss_weight: 1 }", "it has 2 loss_weight and 1 tops")]
    [TestCase("layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'y' propagate_down: true propagate_down: true }", "it has 2 propagate_down and 1 bottoms")]
    [TestCase("layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'y' include { } exclude { } }", "both 'include' and 'exclude'")]
    [TestCase("layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'y' } layers { name: 's' }", "mixes 'layer' and 'layers'")]
    [TestCase("layer { name: 'p' type: 'PReLU' bottom: 'v' top: 'y' }", "PReLU needs two axes or more")]
    [TestCase("name: 'empty'", "the net has no layers")]
    public void What_is_wrong_is_said_with_its_place(string text, string part)
    {
        // Half of the texts do not use 'x'; a layer in front that does keeps that from being the error.
        var used = text.StartsWith("layers", StringComparison.Ordinal) || text.StartsWith("name", StringComparison.Ordinal) ? ""
            : "layer { name: 'use' type: 'ReLU' bottom: 'x' top: 'used' } layer { name: 'use2' type: 'ReLU' bottom: 'v' top: 'used2' }\n";
        var e = Assert.Throws<CaffeException>(
            () => Net<float>.FromPrototxt(used + text, Phase.Train, ("x", [1, 2, 3, 3]), ("v", [4])));

        Assert.That(e.Message, Does.Contain(part));
        Assert.That(e.Line, Is.Not.Null);
    }

    [Test]
    public void An_engine_that_cannot_is_an_error_of_the_core()
    {
        var e = Assert.Throws<CaffeException>(() => Net<float>.FromPrototxt(
            "layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' convolution_param { num_output: 1 kernel_size: 1 engine: CUDNN } }",
            Phase.Test, ("x", [1, 1, 1, 1])));

        Assert.That(e.InnerException, Is.TypeOf<NotSupportedException>());
        Assert.That(e.Message, Does.Contain("layer 'c' (Convolution)").And.Contain("cuDNN").IgnoreCase);
    }

    [TestCase("CAFFE")]
    [TestCase("DEFAULT")]
    public void Engines_that_can_are_taken(string engine)
    {
        using var net = Net<float>.FromPrototxt(
            $"layer {{ name: 'c' type: 'Convolution' bottom: 'x' top: 'y' convolution_param {{ num_output: 1 kernel_size: 1 engine: {engine} }} }}",
            Phase.Test, ("x", [1, 1, 1, 1]));

        Assert.That(net.Layers[0].Plan?.Engine, Is.EqualTo(Engine.Gemm));
    }

    [Test]
    public void Shapes_for_inputs_that_do_not_exist_are_refused()
    {
        Assert.That(
            () => Net<float>.FromPrototxt("layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'y' }", Phase.Test, ("x", [1]), ("xx", [1])),
            Throws.TypeOf<CaffeException>().With.Message.Contains("'xx', which is not an input of the net; its inputs are x"));
    }

    [Test]
    public void Unknown_blobs_are_refused_with_the_names_of_those_that_exist()
    {
        using var net = Net<float>.FromPrototxt("layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'y' }", Phase.Test, ("x", [1]));

        Assert.That(() => net["q"], Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("no blob 'q'; it has x, y"));
    }

    [Test]
    public void Backward_needs_forward_first()
    {
        using var net = Net<float>.FromPrototxt("layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'y' }", Phase.Test, ("x", [1]));

        Assert.That(net.Backward, Throws.InvalidOperationException);
        net.Forward();
        net.Reshape();
        Assert.That(net.Backward, Throws.InvalidOperationException);
    }

    [Test]
    public void A_disposed_net_says_so_and_gives_everything_back()
    {
        var before = Garbage.Survivors();
        var net = Net<float>.FromPrototxt(
            """
            layer { name: 'c' type: 'Convolution' bottom: 'x' bottom: 'x' top: 'y' top: 'z' convolution_param { num_output: 1 kernel_size: 1 } }
            layer { name: 'p' type: 'PReLU' bottom: 'y' top: 'y' }
            layer { name: 'b' type: 'Bias' bottom: 'y' bottom: 'bias' top: 'y' }
            """,
            new NetOptions { ForceBackward = true, Inputs = new Dictionary<string, Shape> { ["x"] = [1, 1, 1, 1], ["bias"] = [1] } });
        net.Forward();
        net.Backward();
        net.Dispose();
        net.Dispose();

        Assert.That(() => net.Forward(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => net["x"], Throws.TypeOf<ObjectDisposedException>());
        Assert.That(Garbage.Survivors(), Is.EqualTo(before));
    }

    [Test]
    public void A_net_that_cannot_be_built_leaves_nothing_behind()
    {
        var before = Garbage.Survivors();
        Assert.That(
            () => Net<float>.FromPrototxt(
                """
                layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'y' convolution_param { num_output: 1 kernel_size: 1 } }
                layer { name: 'd' type: 'Convolution' bottom: 'y' top: 'z' convolution_param { num_output: 1 kernel_size: 2 } }
                """,
                Phase.Test, ("x", [1, 1, 1, 1])),
            Throws.TypeOf<CaffeException>());

        Assert.That(Garbage.Survivors(), Is.EqualTo(before));
    }

    [Test]
    public void The_same_seed_gives_the_same_weights_and_each_layer_its_own()
    {
        const string text = """
            layer { name: 'a' type: 'Convolution' bottom: 'x' top: 'a' convolution_param { num_output: 3 kernel_size: 3 pad: 1 weight_filler { type: 'xavier' } } }
            layer { name: 'b' type: 'Convolution' bottom: 'a' top: 'b' convolution_param { num_output: 3 kernel_size: 3 pad: 1 weight_filler { type: 'xavier' } } }
            """;
        var weights = new[] { 1UL, 1UL, 2UL }.Select(seed =>
        {
            using var net = Net<float>.FromPrototxt(
                text, new NetOptions { Seed = seed, Inputs = new Dictionary<string, Shape> { ["x"] = [1, 3, 4, 4] } });
            return net.Layers.Select(layer => layer.Parameters[0].Data.ToArray()).ToArray();
        }).ToArray();

        Assert.That(weights[0][0], Is.EqualTo(weights[1][0]));
        Assert.That(weights[0][0], Is.Not.EqualTo(weights[0][1]));
        Assert.That(weights[0][0], Is.Not.EqualTo(weights[2][0]));
    }

    [Test]
    public void Great_blobs_are_computed_alike_on_any_number_of_threads()
    {
        const string text = """
            layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'r' relu_param { negative_slope: 0.3 } }
            layer { name: 's' type: 'Sigmoid' bottom: 'r' top: 's' }
            """;
        var results = new[] { 1, 2, 7 }.Select(threads =>
        {
            using var device = Device.CreateCpu(new CpuDeviceOptions { Threads = threads });
            using var net = Net<float>.FromPrototxt(
                text, new NetOptions { Device = device, ForceBackward = true, Inputs = new Dictionary<string, Shape> { ["x"] = [1, 3, 201, 307] } });
            TestData.Fill(net["x"]);
            net.Forward();
            net["s"].Data.CopyTo(net["s"].MutableDiff);
            net.Backward();
            return (net["s"].Data.ToArray(), net["x"].Diff.ToArray());
        }).ToArray();

        Assert.That(results[1].Item1.AsSpan().SequenceEqual(results[0].Item1));
        Assert.That(results[2].Item1.AsSpan().SequenceEqual(results[0].Item1));
        Assert.That(results[1].Item2.AsSpan().SequenceEqual(results[0].Item2));
        Assert.That(results[2].Item2.AsSpan().SequenceEqual(results[0].Item2));
    }
}
