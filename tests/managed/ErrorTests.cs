using System.Numerics.Tensors;
using NUnit.Framework;
using NUnit.Framework.Constraints;

namespace ConvNet.Tests;

/// <summary>
/// Everything that a caller can give wrong: the type of the exception, the name of the parameter, and the numbers that
/// tell what was given.
/// </summary>
public sealed class ErrorTests
{
    private static readonly ConvolutionOptions Fine = new() { NumOutput = 4, Kernel = 3 };

    private static IEnumerable<TestCaseData> WrongOptions()
    {
        yield return Wrong("NumOutput", Fine with { NumOutput = 0 }, "0");
        yield return Wrong("NumOutput", Fine with { NumOutput = -4 }, "-4");
        yield return Wrong("NumOutput", Fine with { NumOutput = 5, Group = 3 }, "5", "3");
        yield return Wrong("Group", Fine with { Group = 0 }, "0");
        yield return Wrong("Group", Fine with { Group = -2 }, "-2");
        yield return Wrong("Kernel", Fine with { Kernel = 0 }, "0");
        yield return Wrong("Kernel", Fine with { Kernel = [3, -1] }, "-1");
        yield return Wrong("Stride", Fine with { Stride = 0 }, "0");
        yield return Wrong("Stride", Fine with { Stride = [2, -2] }, "-2");
        yield return Wrong("Dilation", Fine with { Dilation = 0 }, "0");
        yield return Wrong("Dilation", Fine with { Dilation = -1 }, "-1");
        yield return Wrong("Pad", Fine with { Pad = -1 }, "-1");
        yield return Wrong("Kernel", Fine with { Kernel = 1L << 40 }, "1099511627776");
        yield return Wrong("KernelH", Fine with { Kernel = [], KernelH = 0, KernelW = 3 }, "0");
        yield return Wrong("KernelW", Fine with { Kernel = [], KernelH = 3, KernelW = -3 }, "-3");
        yield return Wrong("KernelW", Fine with { Kernel = [], KernelH = 3 }, "3");
        yield return Wrong("KernelH", Fine with { Kernel = [], KernelW = 5 }, "5");
        yield return Wrong("Kernel", Fine with { KernelH = 5, KernelW = 7 }, "5", "7");
        yield return Wrong("StrideH", Fine with { StrideH = 0, StrideW = 1 }, "0");
        yield return Wrong("StrideH", Fine with { StrideH = 0 }, "0");
        yield return Wrong("StrideW", Fine with { StrideW = -1 }, "-1");
        yield return Wrong("KernelH", Fine with { KernelH = 0 }, "0");
        yield return Wrong("KernelW", Fine with { KernelW = 0 }, "0");
        yield return Wrong("StrideW", Fine with { StrideH = 2 }, "2");
        yield return Wrong("StrideH", Fine with { StrideW = 2 }, "2");
        yield return Wrong("Stride", Fine with { Stride = 3, StrideH = 2, StrideW = 1 }, "2", "1");
        yield return Wrong("PadH", Fine with { PadH = -1 }, "-1");
        yield return Wrong("PadW", Fine with { PadW = -7 }, "-7");
        yield return Wrong("Pad", Fine with { Pad = 3, PadH = 2 }, "2");
        yield return Wrong("Pad", Fine with { Pad = 3, PadW = 0 }, "3");
        yield return Wrong("Engine", Fine with { Engine = (Engine)77 }, "77");
        yield return Wrong("Accuracy", Fine with { Accuracy = (Accuracy)7 }, "7");
        yield return Wrong("Activation", Fine with { Activation = (Activation)5 }, "5");
        yield return Wrong("NegativeSlope", Fine with { NegativeSlope = 0.25f }, "0.25", "activation");
        yield return Wrong("NegativeSlope", Fine with { Activation = Activation.Relu, NegativeSlope = -1 }, "-1");
        yield return Wrong("NegativeSlope", Fine with { Activation = Activation.Relu, NegativeSlope = float.NaN }, "nan");
        yield return Wrong(
            "NegativeSlope", Fine with { Activation = Activation.Relu, NegativeSlope = float.PositiveInfinity }, "inf");
        yield return Wrong("Layout", Fine with { Layout = (TensorLayout)2 }, "2");
    }

    private static IEnumerable<TestCaseData> WrongShapes()
    {
        yield return Shaped("bottom", Fine, [2, 3, 2, 2], "2", "3").SetArgDisplayNames("kernel over input");
        yield return Shaped("bottom", Fine with { Stride = 2 }, [2, 3, 2, 9], "2").SetArgDisplayNames("floor of a negative");
        yield return Shaped("Group", Fine with { Group = 2 }, [2, 3, 9, 9], "3", "2").SetArgDisplayNames("channels by group");
        yield return Shaped("Kernel", Fine with { Kernel = [3, 3, 3] }, [2, 3, 9, 9], "3", "2").SetArgDisplayNames("kernel count");
        yield return Shaped("Stride", Fine with { Stride = [1, 1, 1] }, [2, 3, 9, 9], "3", "2").SetArgDisplayNames("stride count");
        yield return Shaped("Pad", Fine with { Pad = [1, 1] }, [2, 3, 9, 9, 9], "2", "3").SetArgDisplayNames("pad count");
        yield return Shaped("Dilation", Fine with { Dilation = [1, 1] }, [2, 3, 9], "2", "1").SetArgDisplayNames("dilation count");
        yield return Shaped("Kernel", Fine with { Kernel = [] }, [2, 3, 9, 9], "2").SetArgDisplayNames("kernel missing");
        yield return Shaped("KernelH", Fine with { Kernel = [], KernelH = 3, KernelW = 3 }, [2, 3, 9], "1").SetArgDisplayNames("kernel_h in 1-D");
        yield return Shaped("StrideH", Fine with { StrideH = 1, StrideW = 1 }, [2, 3, 9, 9, 9], "3").SetArgDisplayNames("stride_h in 3-D");
        yield return Shaped("PadH", Fine with { PadH = 1 }, [2, 3, 9, 9, 9], "3").SetArgDisplayNames("pad_h in 3-D");
        yield return Shaped("PadW", Fine with { PadW = 0 }, [2, 3, 9, 9, 9], "3").SetArgDisplayNames("pad_w of zero in 3-D");
        yield return Shaped("Axis", Fine with { Axis = 4 }, [2, 3, 9, 9], "4").SetArgDisplayNames("axis too large");
        yield return Shaped("Axis", Fine with { Axis = -5 }, [2, 3, 9, 9], "-5").SetArgDisplayNames("axis too small");
        yield return Shaped("bottom", Fine with { Kernel = 1 }, [2, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1], "9", "8").SetArgDisplayNames("nine spatial axes");
    }

    private static IEnumerable<TestCaseData> WrongCalls()
    {
        yield return Call("bottom", (layer, _, top) => layer.Forward((Blob<float>)null!, top)).SetArgDisplayNames("null bottom");
        yield return Call("top", (layer, bottom, _) => layer.Forward(bottom, null!)).SetArgDisplayNames("null top");
        yield return Call("top", (layer, bottom, _) => layer.Forward(bottom, bottom)).SetArgDisplayNames("top is bottom");
        yield return Call("top", (layer, bottom, _) => layer.Forward(bottom, layer.Weights), "parameter").SetArgDisplayNames("top is the weights");
        yield return Call("bottoms", (layer, _, _) => layer.Forward(ReadOnlySpan<Blob<float>>.Empty, []), "one").SetArgDisplayNames("no bottoms");
        yield return Call("tops", (layer, bottom, top) => layer.Forward([bottom, bottom], [top]), "1", "2").SetArgDisplayNames("fewer tops");
        yield return Call("bottoms[1]", (layer, bottom, top) => layer.Forward([bottom, null!], [top, bottom])).SetArgDisplayNames("null among bottoms");
        yield return Call("tops[0]", (layer, bottom, _) => layer.Forward([bottom], [null!])).SetArgDisplayNames("null among tops");
        yield return Call("tops[1]", (layer, bottom, top) => layer.Forward([bottom, bottom], [top, top]), "tops[0]").SetArgDisplayNames("top twice");
        yield return Call("tops[0]", (layer, bottom, top) => layer.Forward([top, bottom], [bottom, top]), "bottoms[1]").SetArgDisplayNames("top is another bottom");
        yield return Call("bottoms[1]", (layer, bottom, top) => layer.Forward([bottom, Blob(1, 2, 3, 3)], [top, Blob(1)]), "1x2x3x3", "1x2x4x4").SetArgDisplayNames("bottoms differ");
        yield return Call("top", (layer, bottom, _) => layer.Backward(null!, bottom)).SetArgDisplayNames("backward null top");
        yield return Call("bottom", (layer, _, top) => layer.Backward(top, null!)).SetArgDisplayNames("backward null bottom");
        yield return Call("top", (layer, bottom, _) => layer.Backward(Blob(1, 1, 3, 3), bottom), "1x1x3x3 (9)", "1x1x2x2 (4)").SetArgDisplayNames("backward wrong top");
        yield return Call("bottom", (layer, _, top) => layer.Backward(top, Blob(1, 2, 5, 4)), "1x2x5x4 (40)", "1x2x4x4 (32)").SetArgDisplayNames("backward wrong bottom");
        yield return Call("bottom", (layer, _, top) => layer.Backward(top, top)).SetArgDisplayNames("backward bottom is top");
        yield return Call("tops", (layer, bottom, top) => layer.Backward([top, top], [bottom]), "2", "1").SetArgDisplayNames("backward more tops");
        yield return Call("propagateDown", (layer, bottom, top) => layer.Backward([top], [bottom], [true, false]), "2", "1").SetArgDisplayNames("flags differ");
        yield return Call("bottoms[1]", (layer, bottom, top) => layer.Backward([top, Blob(1, 1, 2, 2)], [bottom, bottom])).SetArgDisplayNames("bottom twice");
        yield return Call("tops[0]", (layer, bottom, _) => layer.Backward([Blob(1, 1, 3, 3)], [bottom]), "1x1x3x3", "1x1x2x2").SetArgDisplayNames("backward wrong tops");
        yield return Call("bottom", (layer, _, _) => layer.Forward(new float[31], new float[4]), "31", "32", "1x2x4x4").SetArgDisplayNames("short bottom span");
        yield return Call("bottom", (layer, _, _) => layer.Forward([], new float[4]), "0", "32").SetArgDisplayNames("empty bottom span");
        yield return Call("top", (layer, _, _) => layer.Forward(new float[32], new float[5]), "5", "4", "1x1x2x2").SetArgDisplayNames("long top span");
        yield return Call("top", (layer, _, _) => layer.Forward(new float[32], []), "0", "4").SetArgDisplayNames("empty top span");
        yield return Call("top", (layer, _, _) => { var m = new float[32]; layer.Forward(m, m.AsSpan(28)); }, "overlaps").SetArgDisplayNames("top span inside bottom");
        yield return Call("top", (layer, _, _) => { var m = new float[35]; layer.Forward(m.AsSpan(3), m.AsSpan(0, 4)); }, "overlaps").SetArgDisplayNames("top span by one element");
        yield return Call("top", (layer, bottom, _) => layer.Forward(bottom.Data, layer.Weights.MutableData[..4]), "parameter").SetArgDisplayNames("top span in the weights");
        yield return Call("topDiff", (layer, _, _) => layer.Backward(new float[3], new float[32], []), "3", "4").SetArgDisplayNames("short topDiff");
        yield return Call("topDiff", (layer, _, _) => layer.Backward([], new float[32], []), "0", "4").SetArgDisplayNames("empty topDiff");
        yield return Call("bottom", (layer, _, _) => layer.Backward(new float[4], new float[33], []), "33", "32").SetArgDisplayNames("long bottom");
        yield return Call("bottom", (layer, _, _) => layer.Backward(new float[4], [], []), "0", "32").SetArgDisplayNames("empty bottom");
        yield return Call("bottomDiff", (layer, _, _) => layer.Backward(new float[4], new float[32], new float[1]), "1", "32").SetArgDisplayNames("short bottomDiff");
        yield return Call("bottomDiff", (layer, _, _) => { var m = new float[32]; layer.Backward(new float[4], m, m); }, "overlaps", "bottoms").SetArgDisplayNames("bottomDiff is bottom");
        yield return Call("bottomDiff", (layer, _, _) => { var m = new float[35]; layer.Backward(m.AsSpan(31), new float[32], m.AsSpan(0, 32)); }, "overlaps", "top_diffs").SetArgDisplayNames("bottomDiff over topDiff");
        yield return Call("bottom", (layer, _, _) => layer.Forward(Tensor([1, 2, 4, 4], [0, 32, 8, 2]), TopTensor()), "[0, 32, 8, 2]", "[1, 2, 4, 4]").SetArgDisplayNames("strided bottom tensor");
        yield return Call("top", (layer, _, _) => layer.Forward(Tensor([1, 2, 4, 4]), new TensorSpan<float>(new float[99], [1, 1, 2, 2], [0, 0, 4, 1])), "4, 1").SetArgDisplayNames("strided top tensor");
        yield return Call("top", (layer, _, _) => layer.Forward(Tensor([1, 2, 4, 4]), new TensorSpan<float>(new float[99], [1, 1, 2, 3])), "[1, 1, 2, 3]", "1x1x2x2").SetArgDisplayNames("wrong top tensor");
        yield return Call("bottom", (layer, _, _) => layer.Forward(ReadOnlyTensorSpan<float>.Empty, TopTensor())).SetArgDisplayNames("empty bottom tensor");
        yield return Call("top", (layer, _, _) => layer.Forward(Tensor([1, 2, 4, 4]), TensorSpan<float>.Empty)).SetArgDisplayNames("empty top tensor");
        yield return Call("topDiff", (layer, _, _) => layer.Backward(Tensor([1, 1, 4, 1]), Tensor([1, 2, 4, 4]), TensorSpan<float>.Empty), "[1, 1, 4, 1]", "1x1x2x2").SetArgDisplayNames("wrong topDiff tensor");
        yield return Call("bottomDiff", (layer, _, _) => layer.Backward(Tensor([1, 1, 2, 2]), Tensor([1, 2, 4, 4]), new TensorSpan<float>(new float[99], [1, 2, 4, 4], [0, 32, 4, 1])), "32, 4, 1").SetArgDisplayNames("strided bottomDiff tensor");
        yield return Call("bottomDiff", (layer, _, _) => layer.Backward(Tensor([1, 1, 2, 2]), Tensor([1, 2, 4, 4]), new TensorSpan<float>(new float[32], [2, 1, 4, 4])), "[2, 1, 4, 4]").SetArgDisplayNames("wrong bottomDiff tensor");
        yield return Call("index", (layer, bottom, _) => layer.SetParameter(2, bottom), "2").SetArgDisplayNames("no such parameter");
        yield return Call("index", (layer, bottom, _) => layer.SetParameter(-1, bottom), "-1").SetArgDisplayNames("negative parameter");
        yield return Call("blob", (layer, _, _) => layer.SetParameter(0, null!)).SetArgDisplayNames("null parameter");
        yield return Call("blob", (layer, _, _) => layer.SetParameter(0, Blob(1, 2, 5, 3)), "1x2x5x3", "1x2x3x3").SetArgDisplayNames("wrong parameter shape");
        yield return Call("index", (layer, _, _) => layer.SetParamPropagateDown(2, true), "2").SetArgDisplayNames("freeze no such parameter");
        yield return Call("bottom", (layer, _, _) => layer.Reshape(null!)).SetArgDisplayNames("null shape");
        yield return Call("bottom", (layer, _, _) => layer.Reshape([1, 3, 4, 4]), "3").SetArgDisplayNames("channels change");
        yield return Call("bottom", (layer, _, _) => layer.Reshape([1, 2, 4]), "1x2x4").SetArgDisplayNames("rank changes");
        yield return Call("bottom", (layer, _, top) => layer.Forward(Blob(1, 3, 4, 4), top), "3").SetArgDisplayNames("forward with other channels");

        static ReadOnlyTensorSpan<float> Tensor(nint[] lengths, nint[]? strides = null) =>
            new(new float[128], lengths, strides ?? []);

        static TensorSpan<float> TopTensor() => new(new float[4], [1, 1, 2, 2]);
    }

    private static IEnumerable<TestCaseData> WrongBlobUses()
    {
        yield return Use("source", blob => blob.CopyFrom(new float[5]), "5", "2x3 (6)").SetArgDisplayNames("short source");
        yield return Use("source", blob => blob.CopyFrom([]), "0", "6").SetArgDisplayNames("empty source");
        yield return Use("destination", blob => blob.CopyTo(new float[7]), "7", "6").SetArgDisplayNames("long destination");
        yield return Use("position", blob => _ = blob[1], "1", "2x3").SetArgDisplayNames("few indices");
        yield return Use("position", blob => _ = blob[1, 1, 1], "3", "2x3").SetArgDisplayNames("many indices");
        yield return Use("position", blob => _ = blob[1, 3], "3", "2x3").SetArgDisplayNames("index too large");
        yield return Use("position", blob => blob[-1, 0] = 1, "-1", "2x3").SetArgDisplayNames("index negative");
        yield return Use("shape", blob => blob.Reshape(null!)).SetArgDisplayNames("null shape");
        yield return Use("filler", blob => blob.Fill(null!)).SetArgDisplayNames("null filler");
        yield return Use("Min", blob => blob.Fill(Filler.Uniform(2, 1)), "2", "1").SetArgDisplayNames("min above max");
        yield return Use("Std", blob => blob.Fill(Filler.Gaussian(0, -1)), "-1").SetArgDisplayNames("negative deviation");
        yield return Use("Sparse", blob => blob.Fill(Filler.Gaussian(sparse: -2)), "-2").SetArgDisplayNames("negative sparse");
        yield return Use("Sparse", blob => blob.Fill(Filler.Gaussian(sparse: 3)), "3", "2").SetArgDisplayNames("sparse above rows");
        yield return Use("Norm", blob => blob.Fill(Filler.Xavier((VarianceNorm)9)), "9").SetArgDisplayNames("unknown norm");
        yield return Use("blob", blob => blob.Fill(Filler.Bilinear()), "2x3").SetArgDisplayNames("bilinear in 2-D");
    }

    [TestCaseSource(nameof(WrongOptions))]
    public void Wrong_options_are_named(string property, ConvolutionOptions options, string[] numbers)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new Convolution<float>(options), Blames(property, numbers));
            Assert.That(() => new Deconvolution<double>(options), Blames(property, numbers));
        }
    }

    [TestCaseSource(nameof(WrongShapes))]
    public void Wrong_shapes_are_named(string argument, ConvolutionOptions options, Shape shape, string[] numbers)
    {
        using var layer = new Convolution<float>(options);
        Assert.That(() => layer.Reshape(shape), Blames(argument, numbers));
        Assert.That(() => layer.TopShape, Throws.InvalidOperationException, "the layer stays as it was");
    }

    [TestCaseSource(nameof(WrongCalls))]
    public void Wrong_calls_are_named(string argument, Action<Convolution<float>, Blob<float>, Blob<float>> call,
        string[] numbers)
    {
        using var layer = new Convolution<float>(Fine with { NumOutput = 1, WeightFiller = Filler.Constant(1) });
        using Blob<float> bottom = Blob(1, 2, 4, 4);
        using Blob<float> top = Blob(1, 1, 2, 2);
        bottom.Fill(1);
        layer.Reshape(bottom.Shape);
        Assert.That(() => call(layer, bottom, top), Blames(argument, numbers));

        // Nothing was broken by it.
        layer.Forward(bottom, top);
        Assert.That(top.Data.ToArray(), Is.All.EqualTo(18));
    }

    [TestCaseSource(nameof(WrongBlobUses))]
    public void Wrong_uses_of_a_blob_are_named(string argument, Action<Blob<float>> use, string[] numbers)
    {
        using Blob<float> blob = Blob(2, 3);
        Assert.That(() => use(blob), Blames(argument, numbers));
        Assert.That(blob.Data.ToArray(), Is.EqualTo(new float[6]), "nothing was written");
    }

    [Test]
    public void Nulls_are_named()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new Convolution<float>(null!), Blames("options"));
            Assert.That(() => new Deconvolution<float>(null!), Blames("options"));
            Assert.That(() => new Im2col<float>(null!), Blames("options"));
            Assert.That(() => new Convolution<float>(null!, Fine), Blames("device"));
            Assert.That(() => new BiasLayer<float>(null!), Blames("device"));
            Assert.That(() => new Blob<float>(null!, [1]), Blames("device"));
            Assert.That(() => new Blob<float>((Shape)null!), Blames("shape"));
            Assert.That(() => new Convolution<float>(Fine with { Kernel = null! }), Blames("Kernel"));
            Assert.That(() => new Convolution<float>(Fine with { Stride = null! }), Blames("Stride"));
            Assert.That(() => new Convolution<float>(Fine with { Pad = null! }), Blames("Pad"));
            Assert.That(() => new Convolution<float>(Fine with { Dilation = null! }), Blames("Dilation"));
        }
    }

    [Test]
    public void Other_element_types_are_not_supported()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new Blob<int>([1]), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("Int32"));
            Assert.That(() => new Blob<short>([1]), Throws.InstanceOf<NotSupportedException>());
            Assert.That(() => new Convolution<long>(Fine), Throws.InstanceOf<NotSupportedException>());
            Assert.That(() => new Deconvolution<byte>(Fine), Throws.InstanceOf<NotSupportedException>());
            Assert.That(() => new Im2col<int>(new() { Kernel = 1 }), Throws.InstanceOf<NotSupportedException>());
            Assert.That(() => new BiasLayer<int>(1, 1), Throws.InstanceOf<NotSupportedException>());
        }
    }

    [Test]
    public void An_engine_that_cannot_is_an_error_and_no_fallback()
    {
        Assert.That(Reshaped, Throws.InstanceOf<NotSupportedException>().With.Message.Contains("udnn").IgnoreCase);

        static void Reshaped()
        {
            using var layer = new Convolution<float>(Fine with { Engine = Engine.Cudnn });
            layer.Reshape([1, 2, 4, 4]);
        }
    }

    [Test]
    public void Before_a_reshape_the_layer_says_so()
    {
        using var layer = new Convolution<float>(Fine);
        using Blob<float> blob = Blob(1);
        using (Assert.EnterMultipleScope())
        {
            foreach (Action use in new Action[]
            {
                () => _ = layer.BottomShape,
                () => _ = layer.TopShape,
                () => _ = layer.Parameters,
                () => _ = layer.Weights,
                () => _ = layer.Bias,
                () => _ = layer.Plan,
                () => layer.Forward(new float[1], new float[1]),
                () => layer.Backward(new float[1], new float[1], []),
                () => layer.Backward(blob, Blob(1)),
                () => layer.Backward([blob], [Blob(1)]),
            })
            {
                Assert.That(() => use(), Throws.InvalidOperationException.With.Message.Contains("eshape"));
            }
        }
    }

    [Test]
    public void A_parameter_that_does_not_fit_is_found_at_the_first_reshape()
    {
        using var layer = new Convolution<float>(Fine);
        layer.SetParameter(0, Blob(4, 2, 3, 5));
        Assert.That(() => layer.Reshape([1, 2, 9, 9]), Throws.ArgumentException.With.Message.Contains("4x2x3x5"));
        layer.SetParameter(0, Blob(4, 2, 3, 3));
        layer.Reshape([1, 2, 9, 9]);
        Assert.That(layer.TopShape, Is.EqualTo(new Shape(1, 4, 7, 7)));
    }

    [Test]
    public void A_filler_that_does_not_fit_fails_every_reshape()
    {
        using var layer = new Convolution<float>(Fine with { Kernel = [3, 5], WeightFiller = Filler.Bilinear() });
        using Blob<float> bottom = Blob(1, 2, 9, 9);
        using Blob<float> top = Blob(1);
        for (int i = 0; i < 2; i++)
        {
            Assert.That(() => layer.Forward(bottom, top), Throws.ArgumentException.With.Message.Contains("3x5"));
        }

        Assert.That(() => layer.Weights, Throws.InvalidOperationException);
    }

    [Test]
    public void A_workspace_limit_below_one_column_says_how_much_is_needed()
    {
        using var device = Device.CreateCpu(new CpuDeviceOptions { WorkspaceLimitBytes = 64 });
        using var layer = new Convolution<float>(device, Fine);
        Assert.That(() => layer.Reshape([1, 2, 9, 9]),
            Throws.InstanceOf<OutOfMemoryException>().With.Message.Contains("72").And.Message.Contains("64"));
    }

    [Test]
    public void A_memory_limit_is_kept_and_what_exists_survives()
    {
        using var device = Device.CreateCpu(new CpuDeviceOptions { MemoryLimitBytes = 10_000 });
        using var blob = new Blob<float>(device, [1000]);
        blob.Fill(1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new Blob<float>(device, [2000]), Throws.InstanceOf<OutOfMemoryException>());
            Assert.That(() => blob.Reshape([3000]), Throws.InstanceOf<OutOfMemoryException>());
            Assert.That(blob.Data.ToArray(), Is.EqualTo(Enumerable.Repeat(1f, 1000)));
            Assert.That(device.GetInfo().MemoryBytes, Is.EqualTo(4000));
        }
    }

    [Test]
    public void Device_options_are_named()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Device.CreateCpu(new() { Threads = -1 }), Blames("Threads", "-1"));
            Assert.That(() => Device.CreateCpu(new() { WorkspaceLimitBytes = -2 }), Blames("WorkspaceLimitBytes", "-2"));
            Assert.That(() => Device.CreateCpu(new() { MemoryLimitBytes = -3 }), Blames("MemoryLimitBytes", "-3"));
        }
    }

    [Test]
    public void Bias_and_im2col_options_are_named()
    {
        using var bias = new BiasLayer<float>(3, 2);
        using var im2col = new Im2col<float>(new() { Kernel = 3, PadW = 0 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new BiasLayer<float>(1, -2), Blames("numAxes", "-2"));
            Assert.That(() => bias.Reshape([2, 3, 4, 5]), Blames("NumAxes", "2", "4"));
            Assert.That(() => new Im2col<float>(new() { Kernel = 1, NumOutput = 3 }), Blames("NumOutput", "3"));
            Assert.That(() => new Im2col<float>(new() { Kernel = 1, Group = 2 }), Blames("Group", "2"));
            Assert.That(() => im2col.Reshape([1, 1, 4]), Blames("PadW", "1"));
        }
    }

    private static IResolveConstraint Blames(string argument, params string[] numbers)
    {
        Constraint constraint = Has.Property("ParamName").EqualTo(argument);
        foreach (string number in numbers)
        {
            constraint &= Has.Message.Contains(number);
        }

        return Throws.InstanceOf<ArgumentException>().And.Matches(constraint);
    }

    private static TestCaseData Wrong(string property, ConvolutionOptions options, params string[] numbers) =>
        new TestCaseData(property, options, numbers).SetArgDisplayNames(property, string.Join(' ', numbers));

    private static TestCaseData Shaped(string argument, ConvolutionOptions options, Shape shape, params string[] numbers) =>
        new(argument, options, shape, numbers);

    private static TestCaseData Call(string argument, Action<Convolution<float>, Blob<float>, Blob<float>> call,
        params string[] numbers) => new(argument, call, numbers);

    private static TestCaseData Use(string argument, Action<Blob<float>> use, params string[] numbers) =>
        new(argument, use, numbers);

    private static Blob<float> Blob(params long[] shape) => new(shape);
}
