using System.Numerics;
using System.Numerics.Tensors;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>Passes over the caller's memory give the bits that passes over blobs give.</summary>
[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
public sealed class SpanTests<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly LayerCase Case = new("padded", [2, 3, 6, 5],
        new ConvolutionOptions { NumOutput = 4, Kernel = 3, Pad = 1, Stride = 2 });

    private LayerRun<T> _run = null!;
    private T[] _bottom = null!;
    private T[] _topDiff = null!;

    [SetUp]
    public void MakeLayer()
    {
        _run = new LayerRun<T>(Case);
        _run.Layer.Forward(_run.Bottom, _run.Top);
        _bottom = _run.Bottom.Data.ToArray();
        _topDiff = Values.Random<T>(_run.Top.Count, 7);
        _topDiff.CopyTo(_run.Top.MutableDiff);
        _run.Layer.Backward(_run.Top, _run.Bottom);
    }

    [TearDown]
    public void DisposeLayer() => _run.Dispose();

    [Test]
    public void Forward_over_arrays_equals_forward_over_blobs()
    {
        var top = new T[_run.Top.Count];
        _run.Layer.Forward(_bottom, top);
        Assert.That(top, Is.EqualTo(_run.Top.Data.ToArray()));
    }

    [Test]
    public void Forward_over_parts_of_one_array_equals_forward_over_blobs()
    {
        var memory = new T[_bottom.Length + _run.Top.Count];
        _bottom.CopyTo(memory, 0);
        _run.Layer.Forward(memory.AsSpan(0, _bottom.Length), memory.AsSpan(_bottom.Length));
        Assert.That(memory[_bottom.Length..], Is.EqualTo(_run.Top.Data.ToArray()));
        Assert.That(memory[.._bottom.Length], Is.EqualTo(_bottom), "the input is only read");
    }

    [Test]
    public void Forward_over_tensor_spans_equals_forward_over_blobs()
    {
        var top = new T[_run.Top.Count];
        _run.Layer.Forward(
            new ReadOnlyTensorSpan<T>(_bottom, Lengths(_run.Bottom.Shape)), new TensorSpan<T>(top, Lengths(_run.Top.Shape)));
        Assert.That(top, Is.EqualTo(_run.Top.Data.ToArray()));
    }

    [Test]
    public void Tensor_spans_of_another_shape_reshape_the_layer()
    {
        Shape shape = [1, 3, 4, 4];
        T[] bottom = Values.Random<T>(shape.Count);
        var top = new T[16];
        _run.Layer.Forward(new ReadOnlyTensorSpan<T>(bottom, [1, 3, 4, 4]), new TensorSpan<T>(top, [1, 4, 2, 2]));
        Assert.That(_run.Layer.BottomShape, Is.EqualTo(shape));
        double[] expected = Reference.Convolve(Values.ToDouble<T>(bottom), shape,
            Values.ToDouble(_run.Layer.Weights.Data), Values.ToDouble(_run.Layer.Bias!.Data), Case.Options);
        Assert.That(Values.ToDouble<T>(top), Is.EqualTo(expected).Within(Values.Tolerance<T>()));
    }

    [Test]
    public void Backward_over_arrays_equals_backward_over_blobs()
    {
        T[] weightDiff = _run.Layer.Weights.Diff.ToArray();
        var bottomDiff = new T[_bottom.Length];
        _run.Layer.ClearGradients();
        _run.Layer.Backward(_topDiff, _bottom, bottomDiff);
        Assert.That(bottomDiff, Is.EqualTo(_run.Bottom.Diff.ToArray()));
        Assert.That(_run.Layer.Weights.Diff.ToArray(), Is.EqualTo(weightDiff));
    }

    [Test]
    public void Backward_over_tensor_spans_equals_backward_over_blobs()
    {
        T[] weightDiff = _run.Layer.Weights.Diff.ToArray();
        var bottomDiff = new T[_bottom.Length];
        nint[] bottom = Lengths(_run.Bottom.Shape);
        nint[] top = Lengths(_run.Top.Shape);
        _run.Layer.ClearGradients();
        _run.Layer.Backward(new ReadOnlyTensorSpan<T>(_topDiff, top), new ReadOnlyTensorSpan<T>(_bottom, bottom),
            new TensorSpan<T>(bottomDiff, bottom));
        Assert.That(bottomDiff, Is.EqualTo(_run.Bottom.Diff.ToArray()));
        Assert.That(_run.Layer.Weights.Diff.ToArray(), Is.EqualTo(weightDiff));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void An_empty_gradient_of_the_bottom_is_not_propagated(bool tensors)
    {
        T[] weightDiff = _run.Layer.Weights.Diff.ToArray();
        _run.Layer.ClearGradients();
        if (tensors)
        {
            _run.Layer.Backward(new ReadOnlyTensorSpan<T>(_topDiff, Lengths(_run.Top.Shape)),
                new ReadOnlyTensorSpan<T>(_bottom, Lengths(_run.Bottom.Shape)), TensorSpan<T>.Empty);
        }
        else
        {
            _run.Layer.Backward(_topDiff, _bottom, []);
        }

        Assert.That(_run.Layer.Weights.Diff.ToArray(), Is.EqualTo(weightDiff));
    }

    [Test]
    public void A_blob_is_a_dense_tensor_span_over_its_own_memory()
    {
        ReadOnlyTensorSpan<T> tensor = _run.Bottom.AsTensorSpan();
        Assert.That(tensor.Lengths.ToArray(), Is.EqualTo(Lengths(_run.Bottom.Shape)));
        Assert.That(tensor.IsDense, Is.True);
        Assert.That(tensor[1, 2, 3, 4], Is.EqualTo(_run.Bottom[1, 2, 3, 4]));

        _run.Bottom.AsMutableTensorSpan()[1, 2, 3, 4] = T.CreateChecked(42);
        Assert.That(_run.Bottom[1, 2, 3, 4], Is.EqualTo(T.CreateChecked(42)));
    }

    [Test]
    public void A_scalar_blob_is_a_tensor_span_of_one_element()
    {
        using var blob = new Blob<T>([]);
        blob.AsMutableTensorSpan()[0] = T.One;
        Assert.That(blob.AsTensorSpan().FlattenedLength, Is.EqualTo((nint)1));
        Assert.That(blob.Data[0], Is.EqualTo(T.One));
    }

    [Test]
    public void One_image_of_a_batch_is_dense()
    {
        // Its first axis has length 1 and keeps the stride of the batch, which nothing ever uses.
        using var layer = new Convolution<T>(new ConvolutionOptions { NumOutput = 1, Kernel = 1, BiasTerm = false });
        layer.Reshape([1, 1, 4, 3]);
        layer.Weights.Fill(T.One);
        var batch = new ReadOnlyTensorSpan<T>(_bottom, [3, 1, 4, 3]);
        var top = new T[12];
        layer.Forward(batch.Slice([1..2, Range.All, Range.All, Range.All]), new TensorSpan<T>(top, [1, 1, 4, 3]));
        Assert.That(top, Is.EqualTo(_bottom[12..24]));
    }

    private static nint[] Lengths(Shape shape) => [.. shape.Select(extent => (nint)extent)];
}
