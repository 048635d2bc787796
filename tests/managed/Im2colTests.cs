using System.Numerics;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>Caffe's tests of its im2col layer.</summary>
[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
public sealed class Im2colTests<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static IEnumerable<TestCaseData> Cases()
    {
        yield return Case("dilated", [2, 3, 10, 11], new() { Kernel = 3, Stride = 2, Dilation = 3 });
        yield return Case("rectangular", [2, 3, 6, 7], new() { KernelH = 5, KernelW = 3, StrideH = 1, StrideW = 2, PadH = 1 });
        yield return Case("padded", [2, 2, 5, 4], new() { Kernel = 3, Pad = [2, 1] });
        yield return Case("forced N-D", [2, 2, 5, 4], new() { Kernel = 3, Pad = [2, 1], ForceNdIm2col = true });
        yield return Case("3-D", [2, 2, 4, 3, 5], new() { Kernel = [2, 3, 2], Stride = [1, 1, 2], Pad = [1, 0, 1] });

        static TestCaseData Case(string name, Shape shape, ConvolutionOptions options) =>
            new TestCaseData(shape, options).SetArgDisplayNames(name);
    }

    [Test]
    public void Setup_gives_one_channel_per_input_channel_and_tap()
    {
        using var layer = new Im2col<T>(new ConvolutionOptions { Kernel = 3, Stride = 2, Dilation = 3 });
        layer.Reshape([2, 3, 10, 11]);
        Assert.That(layer.TopShape, Is.EqualTo(new Shape(2, 27, 2, 3)));
        Assert.That(layer.Parameters, Is.Empty);
    }

    [TestCaseSource(nameof(Cases))]
    public void Every_column_is_what_a_one_hot_filter_sees(Shape shape, ConvolutionOptions options)
    {
        using Blob<T> bottom = Values.RandomBlob<T>(shape);
        using var columns = new Blob<T>([1]);
        using var layer = new Im2col<T>(options);
        layer.Forward(bottom, columns);

        // A convolution whose filters each pick one channel and one tap, by the tests' own nested loops.
        long filters = columns.Shape[1];
        var oneHot = new double[filters * filters];
        for (long i = 0; i < filters; i++)
        {
            oneHot[(i * filters) + i] = 1;
        }

        double[] expected = Reference.Convolve(
            Values.ToDouble(bottom.Data), shape, oneHot, null, options with { NumOutput = filters });
        Assert.That(Values.ToDouble(columns.Data), Is.EqualTo(expected));
    }

    [TestCaseSource(nameof(Cases))]
    public void Backward_is_the_adjoint(Shape shape, ConvolutionOptions options)
    {
        using Blob<T> bottom = Values.RandomBlob<T>(shape, 1);
        using var columns = new Blob<T>([1]);
        using var layer = new Im2col<T>(options);
        layer.Forward(bottom, columns);
        T[] factors = Values.Random<T>(columns.Count, 2);
        factors.CopyTo(columns.MutableDiff);
        layer.Backward(columns, bottom);
        double forward = Dot(Values.ToDouble(columns.Data), Values.ToDouble<T>(factors));
        double backward = Dot(Values.ToDouble(bottom.Data), Values.ToDouble(bottom.Diff));
        Assert.That(backward, Is.EqualTo(forward).Within(100 * Values.Tolerance<T>()));
        Assert.That(bottom.Diff.ToArray(), Is.Not.All.EqualTo(T.Zero));
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
