using NUnit.Framework;

namespace ConvNet.Caffe.Tests;

/// <summary>The autoencoder of a user whose net did not learn: this library tells why.</summary>
public class SeedAutoencoderTests
{
    private static readonly string Text = File.ReadAllText(TestData.PathOf("autoencoder.prototxt"));

    [Test]
    public void As_it_was_posted_its_counts_differ()
    {
        var e = Assert.Throws<CaffeException>(() => Build<float>(Text));

        Assert.That(e.Message, Does.Contain("'deconv1'").And.Contain("'flatdata'").And.Contain("40000 vs. 2500"));
        Assert.That(e.Message, Does.Contain("'deconv1' has 16 times as many"));
        Assert.That(e.Line, Is.EqualTo(37));
    }

    [Test]
    public void Inputs_that_nobody_declares_must_be_given()
    {
        Assert.That(
            () => Net<float>.FromPrototxt(Text),
            Throws.TypeOf<CaffeException>().With.Message.Contains("'data' is made by no layer before it").And.Message.Contains("line 1"));
    }

    [Test]
    public void With_one_output_it_runs_forward_and_backward_and_says_why_it_cannot_learn()
    {
        using var net = Build<float>(WithOneOutput(Text));
        TestData.Fill(net["data"]);
        net["flatdata"].Fill(0.5f);

        var loss = net.Forward();
        net.Backward();

        // All weights are 0, so the last sigmoid gives 0.5 everywhere, and the loss is the entropy for 25 pixels.
        Assert.That(loss, Is.EqualTo(25 * (Math.Log(1 + Math.Exp(0.5)) - 0.25)).Within(1e-4));
        Assert.That(net["deconv1"].Shape, Is.EqualTo(new Shape(100, 1, 5, 5)));
        Assert.That(net.Warnings.Where(warning => warning.Contains("start all equal")), Has.Exactly(2).Items);
        Assert.That(net.Warnings, Has.Some.Contains("'conv1'").And.Some.Contains("'deconv1'"));
        Assert.That(net.Warnings, Has.Exactly(1).Contains("applies a sigmoid itself"));
        Assert.That(net.Warnings, Has.Exactly(1).Contains("the sigmoid 'sigm' at line 31"));
        Assert.That(net.Warnings, Has.Count.EqualTo(3));
    }

    [Test]
    public void Every_filter_gets_the_same_gradient_when_all_start_equal()
    {
        using var net = Build<double>(WithOneOutput(Text));
        TestData.Fill(net["data"]);
        TestData.Fill(net["flatdata"]);
        net.Layers[2].Parameters[0].Fill(0.1);

        net.Forward();
        net.Backward();

        var gradient = net.Layers[0].Parameters[0].Diff;
        Assert.That(gradient.ContainsAnyExcept(0.0));
        for (var filter = 1; filter < 16; filter++)
        {
            Assert.That(gradient.Slice(filter * 16, 16).SequenceEqual(gradient[..16]));
        }
    }

    [Test]
    public void Filling_the_weights_mends_the_warning()
    {
        using var net = Build<float>(WithOneOutput(Text));
        net.Layers[0].Parameters[0].Fill(Filler.Xavier());

        Assert.That(net.Warnings, Has.None.Contains("layer 'conv1' (Convolution): no weight_filler"));
        Assert.That(net.Warnings, Has.Some.Contains("layer 'deconv1' (Deconvolution): no weight_filler"));
    }

    [Test]
    public void Mended_it_learns()
    {
        // As the warnings say: weights that differ, and no sigmoid in front of the loss.
        var text = WithOneOutput(Text).Replace("stride: 1", "stride: 1 weight_filler { type: 'xavier' }", StringComparison.Ordinal);
        text = text.Replace("  bottom: \"deconv1\"\n  top: \"deconv1\"", "  bottom: \"deconv1\"\n  top: \"picture\"", StringComparison.Ordinal);
        using var net = Build<float>(text);
        Assert.That(net.Warnings, Is.Empty);
        var data = TestData.Values(2500).Select(value => value > 0 ? 1f : 0f).ToArray();
        net["data"].CopyFrom(data);
        net["flatdata"].CopyFrom(data);

        var first = net.Forward();
        for (var step = 0; step < 50; step++)
        {
            net.ClearGradients();
            net.Forward();
            net.Backward();
            foreach (var parameter in net.Layers.SelectMany(layer => layer.Parameters))
            {
                for (var i = 0; i < parameter.Count; i++)
                {
                    parameter.MutableData[i] -= 0.05f * parameter.Diff[i];
                }
            }
        }

        Assert.That(net.Forward(), Is.LessThan(0.9 * first));
    }

    private static string WithOneOutput(string text) =>
        text.Replace("num_output: 16 #", "num_output: 1 #", StringComparison.Ordinal);

    private static Net<T> Build<T>(string text)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        Net<T>.FromPrototxt(text, Phase.Train, ("data", [100, 1, 5, 5]), ("flatdata", [100, 25]));
}
