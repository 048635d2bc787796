using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>Who computes: the engine that is named or a reason why not; without a name the first that can.</summary>
[TestFixture(typeof(float), false)]
[TestFixture(typeof(float), true)]
[TestFixture(typeof(double), false)]
[TestFixture(typeof(double), true)]
public sealed class EngineTests<T>(bool deconvolution)
    where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
{
    private static readonly ConvolutionOptions Plain = new() { NumOutput = 4, Kernel = 3 };

    private static readonly Shape Usual = [2, 6, 9, 9];

    // One window covers the whole input.
    private Shape Full => deconvolution ? [2, 6, 1, 1] : [2, 6, 3, 3];

    [TestCase(Engine.Direct, Engine.Direct, "direct")]
    [TestCase(Engine.Gemm, Engine.Gemm, "gemm")]
    [TestCase(Engine.Auto, Engine.Direct, "direct")]
    public void The_plan_names_the_engine(Engine asked, Engine taken, string name)
    {
        using BaseConvolutionLayer<T> layer = Create(Plain with { Engine = asked }, Device.Cpu);
        layer.Reshape(Usual);
        LayerPlan plan = layer.Plan;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Engine, Is.EqualTo(taken));
            Assert.That(plan.EngineName, Is.EqualTo(name));
            Assert.That(new[] { plan.Forward, plan.BackwardData, plan.BackwardFilter }, Has.None.Empty);
            Assert.That(plan.WorkspaceBytes, Is.Positive);
        }
    }

    [Test]
    public void Stride_and_dilation_on_one_axis_are_for_another_engine() =>
        CheckReason(Plain with { Stride = 2, Dilation = 2 }, Usual, Device.Cpu, "stride and dilation");

    [Test]
    public void One_window_is_for_another_engine() => CheckReason(Plain, Full, Device.Cpu, "whole input");

    [Test]
    public void A_small_workspace_is_for_another_engine()
    {
        using Device device = Device.CreateCpu(new() { Threads = 2, WorkspaceLimitBytes = 1000 });
        CheckReason(Plain, Usual, device, "limit is 1000");
    }

    [Test]
    public void The_choice_follows_the_shape()
    {
        using BaseConvolutionLayer<T> layer = Create(Plain, Device.Cpu);
        for (int i = 0; i < 2; i++)
        {
            layer.Reshape(Usual);
            Assert.That(layer.Plan.Engine, Is.EqualTo(Engine.Direct));
            layer.Reshape(Full);
            Assert.That(layer.Plan.Engine, Is.EqualTo(Engine.Gemm));
        }
    }

    private void CheckReason(ConvolutionOptions options, Shape shape, Device device, string reason)
    {
        using BaseConvolutionLayer<T> named = Create(options with { Engine = Engine.Direct }, device);
        Assert.That(
            () => named.Reshape(shape),
            Throws.InstanceOf<NotSupportedException>().With.Message.Contains("direct").And.Message.Contains(reason));
        Assert.That(() => named.Plan, Throws.InvalidOperationException, "it has no shape");

        using BaseConvolutionLayer<T> automatic = Create(options, device);
        automatic.Reshape(shape);
        Assert.That((automatic.Plan.Engine, automatic.Plan.EngineName), Is.EqualTo((Engine.Gemm, "gemm")));
    }

    private BaseConvolutionLayer<T> Create(ConvolutionOptions options, Device device) =>
        deconvolution ? new Deconvolution<T>(device, options) : new Convolution<T>(device, options);

    [Test]
    public void An_autotuned_device_chooses_once_and_computes_the_same()
    {
        using var device = Device.CreateCpu(new CpuDeviceOptions { Threads = 2, Autotune = true });
        var @case = new LayerCase("tuned", [2, 32, 20, 20], new ConvolutionOptions { NumOutput = 32, Kernel = 3, Pad = 1 });
        using var plain = new LayerRun<double>(@case);
        using var first = new LayerRun<double>(@case, device);
        using var second = new LayerRun<double>(@case, device);
        plain.Layer.Forward(plain.Bottom, plain.Top);
        first.Layer.Forward(first.Bottom, first.Top);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Layer.Plan, Is.EqualTo(first.Layer.Plan));
            Assert.That(first.Top.Data.ToArray(), Is.EqualTo(plain.Top.Data.ToArray()).Within(1e-10));
        }
    }
}
