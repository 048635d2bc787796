using System.Numerics;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>Caffe's tests of its deconvolution layer, and the combinations that they leave out.</summary>
[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
public sealed class DeconvolutionTests<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly ConvolutionOptions Plain = new() { NumOutput = 4, Kernel = 3, Stride = 2 };

    private static IEnumerable<TestCaseData> Cases => LayerCase.Deconvolutions.Select(@case => new TestCaseData(@case));

    [TestCase(1, 4, "2x4x13x9", "3x4x3x3")]
    [TestCase(3, 3, "2x3x13x9", "3x1x3x3")]
    public void Reshape_gives_the_shapes_of_top_and_parameters(int group, int numOutput, string top, string weights)
    {
        using var layer = new Deconvolution<T>(Plain with { Group = group, NumOutput = numOutput });
        layer.Reshape([2, 3, 6, 4]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(layer.TopShape.ToString(), Is.EqualTo(top));
            Assert.That(layer.Weights.Shape.ToString(), Is.EqualTo(weights));
            Assert.That(layer.Bias!.Shape, Is.EqualTo(new Shape(numOutput)));
        }
    }

    [Test]
    public void Overlaps_of_ones_add_up()
    {
        // Caffe's values: 3 channels of ones give 3, and 0.1 of bias; where windows overlap once or twice, 3 or 9 more.
        using var layer = new Deconvolution<T>(Plain with
        {
            WeightFiller = Filler.Constant(1),
            BiasFiller = Filler.Constant(0.1),
        });
        using var bottom = new Blob<T>([2, 3, 6, 4]);
        using var top = new Blob<T>([1]);
        bottom.Fill(T.One);
        layer.Forward(bottom, top);
        for (int n = 0; n < 2; n++)
        {
            for (int c = 0; c < 4; c++)
            {
                for (int y = 0; y < 13; y++)
                {
                    for (int x = 0; x < 9; x++)
                    {
                        bool twiceY = y % 2 == 0 && y > 0 && y != 12;
                        bool twiceX = x % 2 == 0 && x > 0 && x != 8;
                        double expected = 3.1 + (twiceY && twiceX ? 9 : twiceY || twiceX ? 3 : 0);
                        double found = double.CreateChecked(top[n, c, y, x]);
                        Assert.That(found, Is.EqualTo(expected).Within(1e-4), $"[{n}, {c}, {y}, {x}]");
                    }
                }
            }
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
    public void With_frozen_weights_every_image_gets_its_own_gradient()
    {
        // Caffe's shared columns hid a wrong offset into the second image's top gradient; only this shows it.
        using var run = new LayerRun<T>(new LayerCase("frozen", [3, 2, 4, 5], Plain, Deconvolution: true));
        run.Layer.Forward(run.Bottom, run.Top);
        Values.Random<T>(run.Top.Count, 9).CopyTo(run.Top.MutableDiff);
        run.Layer.Backward(run.Top, run.Bottom);
        T[] thawed = run.Bottom.Diff.ToArray();

        run.Layer.SetParamPropagateDown(0, false);
        run.Bottom.MutableDiff.Clear();
        run.Layer.Backward(run.Top, run.Bottom);
        Assert.That(run.Bottom.Diff.ToArray(), Is.EqualTo(thawed));
    }

    [Test]
    public void It_shares_the_weights_of_a_convolution_and_is_its_adjoint()
    {
        // <conv(a), b> = <a, deconv(b)> with one blob of weights, which neither is copied nor transposed.
        var options = new ConvolutionOptions
        {
            NumOutput = 4, Group = 2, Kernel = [3, 2], Stride = 2, Pad = 1, BiasTerm = false, WeightFiller = Filler.Gaussian(),
        };
        using var convolution = new Convolution<T>(options);
        using Blob<T> a = Values.RandomBlob<T>([2, 6, 7, 6], 1);
        using var image = new Blob<T>([1]);
        convolution.Forward(a, image);
        using var deconvolution = new Deconvolution<T>(options with { NumOutput = 6 });
        deconvolution.SetParameter(0, convolution.Weights);
        using Blob<T> b = Values.RandomBlob<T>(image.Shape, 2);
        using var back = new Blob<T>([1]);
        deconvolution.Forward(b, back);
        Assert.That(back.Shape, Is.EqualTo(a.Shape));
        Assert.That(Dot(image, b), Is.EqualTo(Dot(a, back)).Within(100 * Values.Tolerance<T>()));
        Assert.That(Math.Abs(Dot(image, b)), Is.GreaterThan(0.1));
    }

    [Test]
    public void The_path_for_any_number_of_axes_equals_that_for_two()
    {
        var @case = new LayerCase("wide", [15, 12, 22, 26],
            new ConvolutionOptions { NumOutput = 18, Group = 6, Kernel = [11, 13] }, Deconvolution: true);
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
            Assert.That(any.Top.Data.SequenceEqual(two.Top.Data), Is.True);
            Assert.That(any.Bottom.Diff.SequenceEqual(two.Bottom.Diff), Is.True);
            Assert.That(any.Layer.Weights.Diff.SequenceEqual(two.Layer.Weights.Diff), Is.True);
            Assert.That(two.Layer.Weights.Diff.ToArray(), Is.Not.All.EqualTo(T.Zero));
        }
    }

    private static double Dot(Blob<T> a, Blob<T> b) =>
        Values.ToDouble(a.Data).Zip(Values.ToDouble(b.Data), (x, y) => x * y).Sum();
}
