using System.Numerics;
using System.Numerics.Tensors;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>A layer with an activation does what the layer does without it and a rectifier behind.</summary>
[TestFixture(typeof(float), false, 0f)]
[TestFixture(typeof(double), false, 0.25f)]
[TestFixture(typeof(float), true, 0.25f)]
[TestFixture(typeof(double), true, 0f)]
public sealed class ActivationTests<T>(bool deconvolution, float slope)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private LayerRun<T> _plain = null!;
    private LayerRun<T> _rectified = null!;
    private T[] _topDiff = null!;

    [SetUp]
    public void MakeLayers()
    {
        var options = new ConvolutionOptions { NumOutput = 4, Kernel = 3, Pad = 1, Stride = 2 };
        LayerCase plain = new("plain", [2, 3, 6, 5], options, deconvolution);
        _plain = new LayerRun<T>(plain);
        _rectified = new LayerRun<T>(plain with
        {
            Options = options with { Activation = Activation.Relu, NegativeSlope = slope },
        });
        _plain.Layer.Forward(_plain.Bottom, _plain.Top);
        _rectified.Layer.Forward(_rectified.Bottom, _rectified.Top);
        _topDiff = Values.Random<T>(_plain.Top.Count, 7);

        // What the plain layer gets is already masked.
        for (int i = 0; i < _topDiff.Length; i++)
        {
            _plain.Top.MutableDiff[i] = Rectify(_plain.Top.Data[i], _topDiff[i]);
        }

        _plain.Layer.Backward(_plain.Top, _plain.Bottom);
        _topDiff.CopyTo(_rectified.Top.MutableDiff);
    }

    [TearDown]
    public void DisposeLayers()
    {
        _rectified.Dispose();
        _plain.Dispose();
    }

    [Test]
    public void Forward_rectifies()
    {
        T[] expected = [.. _plain.Top.Data.ToArray().Select(sum => Rectify(sum, sum))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_rectified.Top.Data.ToArray(), Is.EqualTo(expected));
            Assert.That(expected.Count(value => value > T.Zero), Is.InRange(expected.Length / 10, expected.Length * 9 / 10));
        }
    }

    [Test]
    public void Backward_over_blobs_masks_the_gradient()
    {
        _rectified.Layer.Backward(_rectified.Top, _rectified.Bottom);
        ExpectGradients(_rectified.Bottom.Diff.ToArray());
        Assert.That(_rectified.Top.Diff.ToArray(), Is.EqualTo(_topDiff), "the caller's gradient stays");
    }

    [Test]
    public void Backward_over_several_blobs_masks_each_gradient()
    {
        using var bottom = new Blob<T>(_rectified.Bottom.Shape);
        using var top = new Blob<T>(_rectified.Top.Shape);
        _rectified.Layer.Forward([_rectified.Bottom, bottom], [_rectified.Top, top]);
        _rectified.Layer.Backward([_rectified.Top, top], [_rectified.Bottom, bottom]); // the second gradient is 0
        ExpectGradients(_rectified.Bottom.Diff.ToArray());
    }

    [Test]
    public void Backward_over_spans_takes_the_top()
    {
        var bottomDiff = new T[_rectified.Bottom.Count];
        _rectified.Layer.Backward(_rectified.Top.Data, _topDiff, _rectified.Bottom.Data, bottomDiff);
        ExpectGradients(bottomDiff);
    }

    [Test]
    public void Backward_over_tensor_spans_takes_the_top()
    {
        var bottomDiff = new T[_rectified.Bottom.Count];
        _rectified.Layer.Backward(
            _rectified.Top.AsTensorSpan(),
            new ReadOnlyTensorSpan<T>(_topDiff, Lengths(_rectified.Top.Shape)),
            _rectified.Bottom.AsTensorSpan(),
            new TensorSpan<T>(bottomDiff, Lengths(_rectified.Bottom.Shape)));
        ExpectGradients(bottomDiff);
    }

    [Test]
    public void Backward_over_device_memory_takes_the_top()
    {
        _rectified.Layer.Backward(
            _rectified.Top.GetDataMemory(), _rectified.Top.GetDiffMemory(), _rectified.Bottom.GetDataMemory(),
            _rectified.Bottom.GetDiffMemory());
        ExpectGradients(_rectified.Bottom.Diff.ToArray());
    }

    [Test]
    public void Backward_without_the_top_is_an_error()
    {
        T[] bottom = _rectified.Bottom.Data.ToArray(), bottomDiff = new T[bottom.Length];
        BaseConvolutionLayer<T> layer = _rectified.Layer;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => layer.Backward(_topDiff, bottom, bottomDiff.AsSpan()),
                Throws.InvalidOperationException.With.Message.Contains("activation"));
            Assert.That(
                () => layer.Backward(
                    _rectified.Top.GetDiffMemory(), _rectified.Bottom.GetDataMemory(), _rectified.Bottom.GetDiffMemory()),
                Throws.InvalidOperationException.With.Message.Contains("activation"));
            Assert.That(
                () => layer.Backward(
                    new ReadOnlyTensorSpan<T>(_topDiff, Lengths(_rectified.Top.Shape)),
                    new ReadOnlyTensorSpan<T>(bottom, Lengths(_rectified.Bottom.Shape)), TensorSpan<T>.Empty),
                Throws.InvalidOperationException.With.Message.Contains("activation"));
            Assert.That(
                () => layer.Backward([], _topDiff, bottom, bottomDiff.AsSpan()),
                Throws.ArgumentException.With.Property("ParamName").EqualTo("top"));
            Assert.That(
                () => layer.Backward(default, _rectified.Top.GetDiffMemory(), _rectified.Bottom.GetDataMemory(), default),
                Throws.ArgumentException.With.Property("ParamName").EqualTo("top"));
            Assert.That(
                () => layer.Backward(
                    ReadOnlyTensorSpan<T>.Empty, new ReadOnlyTensorSpan<T>(_topDiff, Lengths(_rectified.Top.Shape)),
                    new ReadOnlyTensorSpan<T>(bottom, Lengths(_rectified.Bottom.Shape)), TensorSpan<T>.Empty),
                Throws.ArgumentException.With.Property("ParamName").EqualTo("top"));
            Assert.That(bottomDiff, Is.All.EqualTo(T.Zero));
        }
    }

    [Test]
    public void Backward_without_an_activation_needs_no_top()
    {
        T[] bottomDiff = new T[_plain.Bottom.Count];
        _plain.Layer.Backward([], _plain.Top.Diff, _plain.Bottom.Data, bottomDiff);
        Assert.That(bottomDiff, Is.EqualTo(_plain.Bottom.Diff.ToArray()));
    }

    private static nint[] Lengths(Shape shape) => [.. shape.Select(extent => (nint)extent)];

    private T Rectify(T condition, T value) => condition > T.Zero ? value : value * T.CreateChecked(slope);

    private void ExpectGradients(T[] bottomDiff)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bottomDiff, Is.EqualTo(_plain.Bottom.Diff.ToArray()));
            for (int i = 0; i < _plain.Layer.Parameters.Count; i++)
            {
                Assert.That(
                    _rectified.Layer.Parameters[i].Diff.ToArray(), Is.EqualTo(_plain.Layer.Parameters[i].Diff.ToArray()));
            }
        }
    }
}
