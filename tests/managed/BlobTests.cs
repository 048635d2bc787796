using System.Numerics;
using NUnit.Framework;

namespace ConvNet.Tests;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
public sealed class BlobTests<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    [TestCase("2x3x6x4", 144)]
    [TestCase("5", 5)]
    [TestCase("", 1)]
    public void A_new_blob_is_zero(string shapeText, long count)
    {
        Shape shape = [.. shapeText.Split('x', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        using var blob = new Blob<T>(shape);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(blob.Shape, Is.EqualTo(shape));
            Assert.That(blob.Count, Is.EqualTo(count));
            Assert.That(blob.Device, Is.SameAs(Device.Cpu));
            Assert.That(blob.Data.ToArray(), Is.EqualTo(new T[count]));
            Assert.That(blob.Diff.ToArray(), Is.EqualTo(new T[count]));
        }
    }

    [Test]
    public void Values_and_gradients_are_separate()
    {
        using var blob = new Blob<T>([3]);
        blob.MutableData.Fill(T.One);
        blob.MutableDiff.Fill(T.CreateChecked(2));
        Assert.That(blob.Data.ToArray(), Is.All.EqualTo(T.One));
        Assert.That(blob.Diff.ToArray(), Is.All.EqualTo(T.CreateChecked(2)));

        blob.ClearDiff();
        Assert.That(blob.Data.ToArray(), Is.All.EqualTo(T.One));
        Assert.That(blob.Diff.ToArray(), Is.All.EqualTo(T.Zero));
    }

    [Test]
    public void The_indexer_is_row_major()
    {
        using Blob<T> blob = Values.RandomBlob<T>([2, 3, 4]);
        Assert.That(blob[1, 2, 3], Is.EqualTo(blob.Data[23]));
        Assert.That(blob[1, 0, 2], Is.EqualTo(blob.Data[14]));
        blob[0, 1, 3] = T.CreateChecked(42);
        Assert.That(blob.Data[7], Is.EqualTo(T.CreateChecked(42)));
    }

    [Test]
    public void Copies_go_both_ways()
    {
        T[] values = Values.Random<T>(6);
        using var blob = new Blob<T>([2, 3]);
        blob.CopyFrom(values);
        var back = new T[6];
        blob.CopyTo(back);
        Assert.That(back, Is.EqualTo(values));
    }

    [Test]
    public void Fill_with_a_value_reaches_every_element()
    {
        using var blob = new Blob<T>([2, 3]);
        blob.Fill(T.CreateChecked(1.5));
        Assert.That(blob.Data.ToArray(), Is.All.EqualTo(T.CreateChecked(1.5)));
    }

    [Test]
    public void A_smaller_shape_keeps_the_first_values_and_the_memory()
    {
        using Blob<T> blob = Values.RandomBlob<T>([4, 6]);
        T[] before = blob.Data.ToArray();
        blob.Reshape([3, 2]);
        Assert.That(blob.Data.ToArray(), Is.EqualTo(before[..6]));
        blob.Reshape([24]);
        Assert.That(blob.Data.ToArray(), Is.EqualTo(before), "the memory was there all the time");
    }

    [Test]
    public void A_larger_shape_starts_at_zero()
    {
        using Blob<T> blob = Values.RandomBlob<T>([4]);
        blob.MutableDiff.Fill(T.One);
        blob.Reshape([4, 1000]);
        Assert.That(blob.Data.ToArray(), Is.EqualTo(new T[4000]));
        Assert.That(blob.Diff.ToArray(), Is.EqualTo(new T[4000]));
    }

    [Test]
    public void A_parameter_keeps_its_shape_while_a_layer_has_it()
    {
        using var blob = new Blob<T>([1, 1, 1, 1]);
        using var layer = new Convolution<T>(new ConvolutionOptions { NumOutput = 1, Kernel = 1, BiasTerm = false });
        layer.SetParameter(0, blob);
        layer.Reshape([1, 1, 2, 2]);
        Assert.That(() => blob.Reshape([1000]), Throws.InvalidOperationException);
        Assert.That(() => layer.Weights.Reshape([1000]), Throws.InvalidOperationException);
        Assert.That(blob.Shape, Is.EqualTo(new Shape(1, 1, 1, 1)));
        layer.Dispose();
        blob.Reshape([1000]);
        Assert.That(blob.Data.ToArray(), Is.EqualTo(new T[1000]));
    }

    [Test]
    public void Two_references_to_one_blob_agree_after_a_reshape()
    {
        using var first = new Blob<T>([1, 1, 1, 1]);
        using var layer = new Convolution<T>(new ConvolutionOptions { NumOutput = 1, Kernel = 1, BiasTerm = false });
        layer.SetParameter(0, first);
        layer.Reshape([1, 1, 2, 2]);
        using Blob<T> second = layer.Weights;
        second.MutableDiff.Fill(T.One);
        using var replacement = new Blob<T>([1, 1, 1, 1]);
        layer.SetParameter(0, replacement);

        // Its memory moves, and with it what both know of it.
        first.Reshape([100_000]);
        first.MutableData.Fill(T.One);
        first.MutableDiff.Fill(T.CreateChecked(2));
        Assert.That(second.Shape, Is.EqualTo(new Shape(100_000)));
        Assert.That(second.Data.ToArray(), Is.All.EqualTo(T.One));
        Assert.That(second.Diff.ToArray(), Is.All.EqualTo(T.CreateChecked(2)));
    }

    [Test]
    public void Text_names_type_and_shape()
    {
        using var blob = new Blob<T>([2, 3]);
        Assert.That(blob.ToString(), Is.EqualTo($"{typeof(T).Name} 2x3"));
    }
}
