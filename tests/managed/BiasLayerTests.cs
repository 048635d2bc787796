using System.Numerics;
using NUnit.Framework;

namespace ConvNet.Tests;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
public sealed class BiasLayerTests<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    [TestCase(1, 1, "3")]
    [TestCase(1, 2, "3x4")]
    [TestCase(-1, 1, "5")]
    [TestCase(2, -1, "4x5")]
    [TestCase(0, 0, "scalar")]
    public void The_bias_is_repeated_along_the_other_axes(int axis, int numAxes, string biasShape)
    {
        using var layer = new BiasLayer<T>(axis, numAxes);
        using Blob<T> bottom = Values.RandomBlob<T>([2, 3, 4, 5], 1);
        using var top = new Blob<T>([1]);
        layer.Reshape(bottom.Shape);
        Assert.That(layer.Bias.Shape.ToString(), Is.EqualTo(biasShape));
        T[] bias = Values.Random<T>(layer.Bias.Count, 2);
        layer.Bias.CopyFrom(bias);
        layer.Forward(bottom, top);

        int first = axis < 0 ? axis + 4 : axis;
        int end = numAxes < 0 ? 4 : first + numAxes;
        int inner = 1;
        for (int i = end; i < 4; i++)
        {
            inner *= (int)bottom.Shape[i];
        }

        T[] expected = [.. bottom.Data.ToArray().Select((value, i) => value + bias[i / inner % bias.Length])];
        Assert.That(top.Data.ToArray(), Is.EqualTo(expected));

        // The gradient of the bottom is that of the top; that of the bias its sums.
        T[] diff = Values.Random<T>(top.Count, 3);
        diff.CopyTo(top.MutableDiff);
        layer.Backward(top, bottom);
        var sums = new double[bias.Length];
        for (int i = 0; i < diff.Length; i++)
        {
            sums[i / inner % bias.Length] += double.CreateChecked(diff[i]);
        }

        Assert.That(bottom.Diff.ToArray(), Is.EqualTo(diff));
        Assert.That(Values.ToDouble(layer.Bias.Diff), Is.EqualTo(sums).Within(Values.Tolerance<T>()));
    }

    [Test]
    public void It_writes_in_place()
    {
        using var layer = new BiasLayer<T>(1, 1);
        using Blob<T> blob = Values.RandomBlob<T>([2, 3, 4], 1);
        T[] before = blob.Data.ToArray();
        layer.Reshape(blob.Shape);
        layer.Bias.Fill(T.One);
        layer.Forward(blob, blob);
        T[] once = blob.Data.ToArray();
        Assert.That(once, Is.EqualTo(before.Select(value => value + T.One)));

        layer.Forward([blob], [blob]);
        layer.Forward(blob.Data, blob.MutableData);
        Assert.That(blob.Data.ToArray(), Is.EqualTo(once.Select(value => value + T.One + T.One)));

        blob.MutableDiff.Fill(T.One);
        layer.Backward(blob, blob);
        Assert.That(blob.Diff.ToArray(), Is.All.EqualTo(T.One));
        Assert.That(layer.Bias.Diff.ToArray(), Is.All.EqualTo(T.CreateChecked(8)));
    }
}
