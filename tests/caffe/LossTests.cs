using NUnit.Framework;

namespace ConvNet.Caffe.Tests;

public class LossTests
{
    [Test]
    public void Euclidean_loss_is_half_the_squared_distance_for_one_sample()
    {
        using var net = Net<double>.FromPrototxt(
            "layer { name: 'l' type: 'EuclideanLoss' bottom: 'a' bottom: 'b' top: 'l' } force_backward: true",
            Phase.Train, ("a", [2, 2]), ("b", [2, 2]));
        net["a"].CopyFrom([1, 2, 3, 4]);
        net["b"].CopyFrom([0, 4, 3, 1]);

        // (1 + 4 + 0 + 9) / (2 * 2)
        Assert.That(net.Forward(), Is.EqualTo(3.5));
        net.Backward();
        Assert.That(net["a"].Diff.ToArray(), Is.EqualTo(new[] { 0.5, -1, 0, 1.5 }));
        Assert.That(net["b"].Diff.ToArray(), Is.EqualTo(new[] { -0.5, 1, 0, -1.5 }));
    }

    [Test]
    public void Cross_entropy_of_logits_is_divided_by_the_batch_size()
    {
        using var net = CrossEntropy("");
        net["x"].CopyFrom([0, 2, -3, 1]);
        net["t"].CopyFrom([1, 0, 0.25, 1]);

        // -ln s(0), -ln(1 - s(2)), -(ln s(-3) + 3 ln(1 - s(-3))) / 4, -ln s(1); two samples
        var sum = Math.Log(2) + Math.Log(1 + Math.Exp(2)) + (0.25 * Math.Log(1 + Math.Exp(3))) + (0.75 * Math.Log(1 + Math.Exp(-3)))
            + Math.Log(1 + Math.Exp(-1));
        Assert.That(net.Forward(), Is.EqualTo(sum / 2).Within(1e-12));
        net.Backward();
        Assert.That(net["x"].Diff[0], Is.EqualTo(-0.25).Within(1e-12));
        Assert.That(net["x"].Diff[1], Is.EqualTo(1 / (1 + Math.Exp(-2)) / 2).Within(1e-12));
    }

    [Test]
    public void Cross_entropy_of_great_logits_is_finite()
    {
        using var net = CrossEntropy("");
        net["x"].CopyFrom([1000, -1000, 1000, -1000]);
        net["t"].CopyFrom([1, 0, 0, 1]);

        Assert.That(net.Forward(), Is.EqualTo(1000));
        net.Backward();
        Assert.That(net["x"].Diff.ToArray(), Is.EqualTo(new[] { 0, 0, 0.5, -0.5 }));
    }

    [TestCase("FULL", 4)]
    [TestCase("VALID", 3)]
    [TestCase("BATCH_SIZE", 2)]
    [TestCase("NONE", 1)]
    public void Cross_entropy_is_divided_by_what_the_net_asks_for(string normalization, int divisor)
    {
        using var net = CrossEntropy($"loss_param {{ ignore_label: -1 normalization: {normalization} }}");
        net["x"].Fill(0.0);
        net["t"].CopyFrom([1, 0, -1, 1]);

        Assert.That(net.Forward(), Is.EqualTo(3 * Math.Log(2) / divisor).Within(1e-12));
    }

    [Test]
    public void A_loss_of_weight_0_does_not_count()
    {
        using var net = CrossEntropy("loss_weight: 0");

        Assert.That(net.Forward(), Is.Zero);
        Assert.That(net["l"].Data[0], Is.GreaterThan(0));
    }

    [Test]
    public void Batch_sizes_must_agree()
    {
        Assert.That(
            () => Net<double>.FromPrototxt(
                "layer { name: 'l' type: 'EuclideanLoss' bottom: 'a' bottom: 'b' top: 'l' }", Phase.Train, ("a", [2, 6]), ("b", [3, 4])),
            Throws.TypeOf<CaffeException>().With.Message.Contains("'a' is 2x6 and 'b' is 3x4: 2 vs. 3"));
    }

    private static Net<double> CrossEntropy(string parameter) => Net<double>.FromPrototxt(
        $"layer {{ name: 'l' type: 'SigmoidCrossEntropyLoss' bottom: 'x' bottom: 't' top: 'l' {parameter} }} force_backward: true",
        Phase.Train, ("x", [2, 2]), ("t", [2, 2]));
}
