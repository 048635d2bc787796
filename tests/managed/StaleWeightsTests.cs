using System.Numerics.Tensors;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>
/// Whatever public way changes a parameter, the next pass uses the new values, also where an engine keeps its own copy
/// of the weights in another layout. Every way is tried on a layer that has just computed with the old ones, and every
/// result is compared with nested loops over the weights as they are read then.
/// </summary>
[TestFixture("small 1x1")]
[TestFixture("wide 1x1")]
[TestFixture("3x3")]
[TestFixture("grouped 3x3")]
[TestFixture("small deconvolution")]
[TestFixture("deconvolution")]
public sealed class StaleWeightsTests(string name)
{
    private static readonly LayerCase[] Cases =
    [
        new("small 1x1", [1, 1, 4, 4], new() { NumOutput = 1, Kernel = 1 }),
        new("wide 1x1", [1, 32, 9, 9], new() { NumOutput = 32, Kernel = 1 }),
        new("3x3", [1, 16, 12, 12], new() { NumOutput = 16, Kernel = 3, Pad = 1 }),
        new("grouped 3x3", [1, 16, 12, 12], new() { NumOutput = 16, Group = 4, Kernel = 3, Stride = 2 }),
        new("small deconvolution", [1, 1, 4, 4], new() { NumOutput = 1, Kernel = 2, Stride = 2 }, Deconvolution: true),
        new("deconvolution", [1, 16, 8, 8], new() { NumOutput = 16, Kernel = 4, Stride = 2, Pad = 1 }, Deconvolution: true),
    ];

    private readonly LayerCase _case = Cases.Single(@case => @case.Name == name);
    private LayerRun<float> _run = null!;
    private double[] _last = null!;
    private int _seed;

    private BaseConvolutionLayer<float> Layer => _run.Layer;

    private Blob<float> Weights => _run.Layer.Weights;

    [SetUp]
    public void Compute()
    {
        // Twice: what is kept of the weights may only be made by the first pass, and used by the second.
        _run = new LayerRun<float>(_case);
        _seed = 100;
        _run.Layer.Forward(_run.Bottom, _run.Top);
        _run.Layer.Forward(_run.Bottom, _run.Top);
        _last = _run.ExpectedTop();
        Assert.That(Values.ToDouble(_run.Top.Data), Is.EqualTo(_last).Within(1e-4));
    }

    [TearDown]
    public void DisposeAll() => _run.Dispose();

    [Test]
    public void Written_through_MutableData()
    {
        New().CopyTo(Weights.MutableData);
        CheckForward();
    }

    [Test]
    public void Written_through_a_span_that_was_kept_across_passes()
    {
        Span<float> kept = Weights.MutableData;
        for (int i = 0; i < 3; i++)
        {
            New().CopyTo(kept);
            CheckForward();
        }
    }

    [Test]
    public void One_element_written_through_a_span_that_was_kept_across_passes()
    {
        Span<float> kept = Weights.MutableData;
        for (int i = 0; i < 3; i++)
        {
            kept[^1] += 1;
            CheckForward();
        }
    }

    [Test]
    public unsafe void Written_through_a_pointer_that_was_kept_across_passes()
    {
        fixed (float* kept = Weights.MutableData)
        {
            for (int i = 0; i < 3; i++)
            {
                kept[0] += 1;
                CheckForward();
            }
        }
    }

    [Test]
    public void Written_through_a_tensor_span_that_was_kept_across_passes()
    {
        TensorSpan<float> kept = Weights.AsMutableTensorSpan();
        for (int i = 0; i < 3; i++)
        {
            kept[0, 0, 0, 0] += 1;
            CheckForward();
        }
    }

    [Test]
    public void Written_through_a_span_of_a_reference_that_was_disposed()
    {
        Blob<float> reference = Weights;
        Span<float> kept = reference.MutableData;
        reference.Dispose();
        for (int i = 0; i < 3; i++)
        {
            kept[0] += 1;
            CheckForward();
        }
    }

    [Test]
    public void Written_through_the_indexer()
    {
        for (int i = 0; i < 3; i++)
        {
            Weights[0, 0, 0, 0] += 1;
            CheckForward();
        }
    }

    [Test]
    public void Copied()
    {
        for (int i = 0; i < 3; i++)
        {
            Weights.CopyFrom(New());
            CheckForward();
        }
    }

    [Test]
    public void Filled_with_a_value()
    {
        for (int i = 2; i < 5; i++)
        {
            Weights.Fill(i);
            CheckForward();
        }
    }

    [Test]
    public void Filled_by_a_filler()
    {
        for (int i = 0; i < 3; i++)
        {
            Weights.Fill(Filler.Gaussian(seed: (ulong)++_seed));
            CheckForward();
        }
    }

    [Test]
    public void Copied_filled_and_written_in_turn()
    {
        Span<float> kept = Weights.MutableData;
        for (int i = 0; i < 3; i++)
        {
            Weights.CopyFrom(New());
            CheckForward();
            kept[0] += 1;
            CheckForward();
            Weights.Fill(Filler.Uniform(seed: (ulong)++_seed));
            CheckForward();
        }
    }

    [Test]
    public void Changed_and_changed_back()
    {
        float[] first = Weights.Data.ToArray();
        double[] expected = _last;
        Weights.CopyFrom(New());
        CheckForward();
        Weights.CopyFrom(first);
        CheckForward();
        Assert.That(_last, Is.EqualTo(expected));
    }

    [Test]
    public void The_bias_written_by_every_way()
    {
        Span<float> kept = Layer.Bias!.MutableData;
        kept[0] += 1;
        CheckForward();
        Layer.Bias.Fill(2);
        CheckForward();
        Layer.Bias.CopyFrom(Values.Random<float>(Layer.Bias.Count, ++_seed));
        CheckForward();
        Layer.Parameters[1][0] += 1;
        CheckForward();
        kept[0] += 1;
        CheckForward();
    }

    [Test]
    public void Replaced_by_another_blob_and_written_again()
    {
        using Blob<float> other = NewBlob();
        Layer.SetParameter(0, other);
        CheckForward();
        other.CopyFrom(New());
        CheckForward();
        other.MutableData[0] += 1;
        CheckForward();
        Weights.CopyFrom(New());
        CheckForward();
        Assert.That(other.Data.ToArray(), Is.EqualTo(Weights.Data.ToArray()));
    }

    [Test]
    public void Replaced_by_blobs_with_the_same_history_in_turn()
    {
        using Blob<float> first = NewBlob();
        using Blob<float> second = NewBlob();
        for (int i = 0; i < 3; i++)
        {
            Layer.SetParameter(0, first);
            CheckForward();
            Layer.SetParameter(0, second);
            CheckForward();
        }
    }

    [Test]
    public void Replaced_by_a_new_blob_where_an_old_one_was()
    {
        // The memory, and the address, of the blob that is freed may be given to the next.
        for (int i = 0; i < 5; i++)
        {
            using (Blob<float> other = NewBlob())
            {
                Layer.SetParameter(0, other);
            }

            CheckForward();
        }
    }

    [Test]
    public void Written_through_another_layer_that_shares_the_blob()
    {
        using var other = new LayerRun<float>(_case);
        other.Layer.SetParameter(0, Weights);
        for (int i = 0; i < 3; i++)
        {
            other.Layer.Weights.CopyFrom(New());
            CheckForward();
            other.Layer.Weights.MutableData[0] += 1;
            CheckForward();

            // And the other sees what is written here.
            Weights.CopyFrom(New());
            other.Layer.Forward(other.Bottom, other.Top);
            Assert.That(Values.ToDouble(other.Top.Data), Is.EqualTo(other.ExpectedTop()).Within(1e-4));
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Written_by_another_layers_pass(bool many)
    {
        // One layer's output is another's weights, by sharing the blob.
        using Blob<float> produced = NewBlob();
        using Blob<float> source = NewBlob();
        using var producer = new BiasLayer<float>(0, 0);
        producer.Reshape(source.Shape);
        Layer.SetParameter(0, produced);
        for (int i = 0; i < 3; i++)
        {
            producer.Bias.Fill(i + 1);
            if (many)
            {
                producer.Forward([source], [produced]);
            }
            else
            {
                producer.Forward(source, produced);
            }

            CheckForward();
        }
    }

    [Test]
    public void Written_as_the_gradient_of_a_shared_blob()
    {
        // As a solver does it: the update is computed from the gradient and written to the values.
        for (int i = 0; i < 3; i++)
        {
            Values.Random<float>(_run.Top.Count, ++_seed).CopyTo(_run.Top.MutableDiff);
            Layer.ClearGradients();
            Layer.Backward(_run.Top, _run.Bottom);
            Span<float> values = Weights.MutableData;
            ReadOnlySpan<float> gradients = Weights.Diff;
            for (int j = 0; j < values.Length; j++)
            {
                values[j] -= 0.01f * gradients[j];
            }

            CheckForward();
        }
    }

    [Test]
    public void Written_between_passes_over_spans()
    {
        float[] bottom = _run.Bottom.Data.ToArray();
        var top = new float[_run.Top.Count];
        for (int i = 0; i < 3; i++)
        {
            Weights.CopyFrom(New());
            Layer.Forward(bottom, top);
            Assert.That(Values.ToDouble<float>(top), Is.EqualTo(_run.ExpectedTop()).Within(1e-4));
        }
    }

    [Test]
    public void Written_before_backward()
    {
        // The gradient of the bottom under new weights must be that of a layer which never had others.
        Values.Random<float>(_run.Top.Count, ++_seed).CopyTo(_run.Top.MutableDiff);
        Layer.Backward(_run.Top, _run.Bottom);
        Span<float> kept = Weights.MutableData;
        for (int i = 0; i < 3; i++)
        {
            New().CopyTo(kept);
            Layer.Backward(_run.Top, _run.Bottom);
            using var fresh = new LayerRun<float>(_case);
            fresh.Layer.Weights.CopyFrom(kept);
            fresh.Layer.Forward(fresh.Bottom, fresh.Top);
            _run.Top.Diff.CopyTo(fresh.Top.MutableDiff);
            fresh.Layer.Backward(fresh.Top, fresh.Bottom);
            Assert.That(_run.Bottom.Diff.ToArray(), Is.EqualTo(fresh.Bottom.Diff.ToArray()));
        }
    }

    [Test]
    public void Written_between_reshapes()
    {
        foreach (long extent in new long[] { 5, 11, 6 })
        {
            _run.Bottom.Reshape([1, _case.Input[1], extent, extent]);
            _run.Bottom.CopyFrom(Values.Random<float>(_run.Bottom.Count, ++_seed));
            Weights.CopyFrom(New());
            CheckForward();
            Weights.MutableData[0] += 1;
            CheckForward();
        }
    }

    private float[] New() => Values.Random<float>(Weights.Count, ++_seed);

    private Blob<float> NewBlob() => Values.RandomBlob<float>(Weights.Shape, ++_seed);

    private void CheckForward()
    {
        _run.Layer.Forward(_run.Bottom, _run.Top);
        double[] expected = _run.ExpectedTop();
        Assert.That(Values.ToDouble(_run.Top.Data), Is.EqualTo(expected).Within(1e-4));
        Assert.That(expected, Is.Not.EqualTo(_last).Within(1e-3), "the weights did change");
        _last = expected;
    }
}
