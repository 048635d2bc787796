using System.Numerics;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>Caffe's tests of its convolution layer, and the combinations that they leave out.</summary>
[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
public sealed class ConvolutionTests<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly ConvolutionOptions Plain = new() { NumOutput = 4, Kernel = 3, Stride = 2 };

    private static IEnumerable<TestCaseData> Cases => LayerCase.Convolutions.Select(@case => new TestCaseData(@case));

    [TestCase(1, 4, "2x4x2x1", "4x3x3x3")]
    [TestCase(3, 3, "2x3x2x1", "3x1x3x3")]
    public void Reshape_gives_the_shapes_of_top_and_parameters(int group, int numOutput, string top, string weights)
    {
        using var layer = new Convolution<T>(Plain with { Group = group, NumOutput = numOutput });
        layer.Reshape([2, 3, 6, 4]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(layer.BottomShape, Is.EqualTo(new Shape(2, 3, 6, 4)));
            Assert.That(layer.TopShape.ToString(), Is.EqualTo(top));
            Assert.That(layer.Weights.Shape.ToString(), Is.EqualTo(weights));
            Assert.That(layer.Bias!.Shape, Is.EqualTo(new Shape(numOutput)));
            Assert.That(layer.Parameters, Is.EqualTo(new[] { layer.Weights, layer.Bias }));
        }
    }

    [Test]
    public void Parameters_start_at_zero_as_in_Caffe()
    {
        using var layer = new Convolution<T>(Plain);
        layer.Reshape([2, 3, 6, 4]);
        Assert.That(layer.Weights.Data.ToArray().Concat(layer.Bias!.Data.ToArray()), Is.All.EqualTo(T.Zero));
    }

    [Test]
    public void Fillers_of_the_options_fill_the_parameters()
    {
        using var layer = new Convolution<T>(Plain with
        {
            WeightFiller = Filler.Uniform(2, 3, seed: 5),
            BiasFiller = Filler.Constant(0.5),
        });
        layer.Reshape([2, 3, 6, 4]);
        double[] weights = Values.ToDouble(layer.Weights.Data);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(weights, Is.All.InRange(2.0, 3.0));
            Assert.That(weights.Distinct().Count(), Is.GreaterThan(100));
            Assert.That(layer.Bias!.Data.ToArray(), Is.All.EqualTo(T.CreateChecked(0.5)));
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Forward_equals_the_definition(LayerCase @case)
    {
        using var run = new LayerRun<T>(@case);
        run.Layer.Forward(run.Bottom, run.Top);
        Assert.That(Values.ToDouble(run.Top.Data), Is.EqualTo(run.ExpectedTop()).Within(Values.Tolerance<T>()));
    }

    [TestCaseSource(nameof(Cases))]
    public void Gradients_equal_finite_differences(LayerCase @case)
    {
        using var run = new LayerRun<T>(@case);
        GradientCheck.Run(run);
    }

    [Test]
    public void Several_bottoms_give_as_many_tops_and_add_their_gradients()
    {
        using var layer = new Convolution<T>(Plain with { WeightFiller = Filler.Gaussian() });
        using Blob<T> a = Values.RandomBlob<T>([2, 3, 6, 4], 1);
        using Blob<T> b = Values.RandomBlob<T>([2, 3, 6, 4], 2);
        using var topA = new Blob<T>([1]);
        using var topB = new Blob<T>([1]);
        using var single = new Blob<T>([1]);
        layer.Forward([a, b], [topA, topB]);
        layer.Forward(b, single);
        Assert.That(topB.Data.ToArray(), Is.EqualTo(single.Data.ToArray()));
        Assert.That(topA.Data.ToArray(), Is.Not.EqualTo(single.Data.ToArray()));

        topA.MutableDiff.Fill(T.One);
        topB.MutableDiff.Fill(T.One);
        layer.Backward([topA, topB], [a, b], [false, true]);
        double[] both = Values.ToDouble(layer.Weights.Diff);
        Assert.That(a.Diff.ToArray(), Is.All.EqualTo(T.Zero), "not propagated");
        Assert.That(b.Diff.ToArray(), Is.Not.All.EqualTo(T.Zero));

        layer.ClearGradients();
        layer.Backward(topA, a, propagateDown: false);
        double[] first = Values.ToDouble(layer.Weights.Diff);
        Assert.That(first, Is.Not.EqualTo(both).Within(1e-3));
        layer.Backward(topB, b);
        Assert.That(Values.ToDouble(layer.Weights.Diff), Is.EqualTo(both).Within(Values.Tolerance<T>()));
    }

    [Test]
    public void A_frozen_parameter_gets_no_gradient()
    {
        using var layer = new Convolution<T>(Plain with { WeightFiller = Filler.Gaussian() });
        using Blob<T> bottom = Values.RandomBlob<T>([2, 3, 6, 4]);
        using var top = new Blob<T>([1]);
        layer.Forward(bottom, top);
        top.MutableDiff.Fill(T.One);
        layer.SetParamPropagateDown(0, false);
        layer.Backward(top, bottom);
        Assert.That(layer.Weights.Diff.ToArray(), Is.All.EqualTo(T.Zero));
        Assert.That(layer.Bias!.Diff.ToArray(), Is.All.EqualTo(T.CreateChecked(4)), "2 images of 2x1 outputs");

        layer.SetParamPropagateDown(0, true);
        layer.Backward(top, bottom);
        Assert.That(layer.Weights.Diff.ToArray(), Is.Not.All.EqualTo(T.Zero));
        Assert.That(layer.Bias!.Diff.ToArray(), Is.All.EqualTo(T.CreateChecked(8)), "added until cleared");

        layer.ClearGradients();
        Assert.That(layer.Weights.Diff.ToArray(), Is.All.EqualTo(T.Zero));
    }

    [Test]
    public void Sobel_in_one_step_equals_its_two_factors()
    {
        using Blob<T> image = Values.RandomBlob<T>([2, 1, 15, 17]);
        using var whole = new Convolution<T>(new ConvolutionOptions
        {
            NumOutput = 1, Kernel = 3, Stride = 2, BiasTerm = false,
        });
        using var rows = new Convolution<T>(new ConvolutionOptions
        {
            NumOutput = 1, KernelH = 3, KernelW = 1, StrideH = 2, StrideW = 1, BiasTerm = false,
        });
        using var columns = new Convolution<T>(new ConvolutionOptions
        {
            NumOutput = 1, KernelH = 1, KernelW = 3, StrideH = 1, StrideW = 2, BiasTerm = false,
        });
        using var edges = new Blob<T>([1]);
        using var smooth = new Blob<T>([1]);
        using var twice = new Blob<T>([1]);
        whole.Reshape(image.Shape);
        whole.Weights.CopyFrom(Numbers(-1, 0, 1, -2, 0, 2, -1, 0, 1));
        rows.Reshape(image.Shape);
        rows.Weights.CopyFrom(Numbers(1, 2, 1));
        columns.Reshape(rows.TopShape);
        columns.Weights.CopyFrom(Numbers(-1, 0, 1));

        whole.Forward(image, edges);
        rows.Forward(image, smooth);
        columns.Forward(smooth, twice);
        Assert.That(twice.Shape, Is.EqualTo(edges.Shape));
        Assert.That(Values.ToDouble(twice.Data), Is.EqualTo(Values.ToDouble(edges.Data)).Within(Values.Tolerance<T>()));
    }

    [Test]
    public void The_path_for_any_number_of_axes_equals_that_for_two()
    {
        var @case = new LayerCase("wide", [15, 18, 22, 26],
            new ConvolutionOptions { NumOutput = 12, Group = 6, Kernel = [11, 13] });
        using var two = new LayerRun<T>(@case);
        using var any = new LayerRun<T>(@case with { Options = @case.Options with { ForceNdIm2col = true } });
        foreach (LayerRun<T> run in new[] { two, any })
        {
            run.Layer.Forward(run.Bottom, run.Top);
            run.Top.Data.CopyTo(run.Top.MutableDiff);
            run.Layer.Backward(run.Top, run.Bottom);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(any.Top.Data.ToArray(), Is.EqualTo(two.Top.Data.ToArray()));
            Assert.That(any.Bottom.Diff.ToArray(), Is.EqualTo(two.Bottom.Diff.ToArray()));
            Assert.That(any.Layer.Weights.Diff.ToArray(), Is.EqualTo(two.Layer.Weights.Diff.ToArray()));
            Assert.That(two.Layer.Weights.Diff.ToArray(), Is.Not.All.EqualTo(T.Zero));
        }
    }

    [Test]
    public void Reshape_after_use_follows_the_new_input()
    {
        var @case = new LayerCase("first", [2, 3, 8, 7], new ConvolutionOptions { NumOutput = 4, Kernel = 3, Pad = 1 });
        using var run = new LayerRun<T>(@case);
        foreach (Shape shape in new Shape[] { [2, 3, 8, 7], [5, 3, 4, 9], [1, 3, 2, 2] })
        {
            run.Bottom.Reshape(shape);
            run.Bottom.CopyFrom(Values.Random<T>(shape.Count));
            run.Layer.Forward(run.Bottom, run.Top);
            Assert.That(Values.ToDouble(run.Top.Data), Is.EqualTo(run.ExpectedTop()).Within(Values.Tolerance<T>()));
        }
    }

    [Test]
    public void The_plan_says_who_computes()
    {
        using var layer = new Convolution<T>(Plain);
        layer.Reshape([2, 3, 6, 4]);
        LayerPlan plan = layer.Plan;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Engine, Is.Not.EqualTo(Engine.Auto));
            Assert.That(plan.EngineName, Is.Not.Empty);
            Assert.That(plan.Forward, Is.Not.Empty);
            Assert.That(plan.BackwardData, Is.Not.Empty);
            Assert.That(plan.BackwardFilter, Is.Not.Empty);
            Assert.That(plan.WorkspaceBytes, Is.GreaterThanOrEqualTo(0));
        }
    }

    private static T[] Numbers(params int[] numbers) => [.. numbers.Select(number => T.CreateChecked(number))];
}
