using System.Numerics.Tensors;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>Channels last: the same numbers in another order, with the same parameters.</summary>
public sealed class LayoutTests
{
    private static readonly ConvolutionOptions First = new()
    {
        NumOutput = 4, Kernel = [3, 2], Stride = [2, 1], Pad = [1, 0], Group = 2,
        WeightFiller = Filler.Xavier(seed: 5), BiasFiller = Filler.Uniform(-1, 1, seed: 6),
    };

    private static readonly ConvolutionOptions Last = First with { Layout = TensorLayout.ChannelsLast };

    [Test]
    public void Results_are_those_of_channels_first([Values] bool deconvolution)
    {
        using Blob<float> bottom = new([2, 6, 5, 4]), top = new([1]);
        bottom.Fill(Filler.Uniform(-1, 1, seed: 7));
        using BaseConvolutionLayer<float> layer = Create(First, deconvolution);
        Run(layer, bottom, top);

        using Blob<float> bottomLast = Turned(bottom), topLast = new([1]);
        using BaseConvolutionLayer<float> layerLast = Create(Last, deconvolution);
        Run(layerLast, bottomLast, topLast);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(layerLast.Plan.Engine, Is.EqualTo(Engine.Gemm));
            Assert.That(layerLast.Weights.Shape, Is.EqualTo(layer.Weights.Shape));
            Assert.That(topLast.Shape, Is.EqualTo(Turned(top.Shape)));
            Assert.That(topLast.Data.ToArray(), Is.EqualTo(Turned(top.Data, top.Shape)).Within(1e-5));
            Assert.That(bottomLast.Diff.ToArray(), Is.EqualTo(Turned(bottom.Diff, bottom.Shape)).Within(1e-5));
            Assert.That(layerLast.Weights.Diff.ToArray(), Is.EqualTo(layer.Weights.Diff.ToArray()).Within(1e-4));
            Assert.That(layerLast.Bias!.Diff.ToArray(), Is.EqualTo(layer.Bias!.Diff.ToArray()).Within(1e-4));
        }
    }

    [Test]
    public void Tensor_spans_are_dense_in_the_order_of_their_shape()
    {
        using var layer = new Convolution<float>(Last);
        using Blob<float> bottom = new([2, 5, 4, 6]), expected = new([1]);
        bottom.Fill(Filler.Uniform(-1, 1, seed: 8));
        layer.Forward(bottom, expected);
        Tensor<float> top = Tensor.CreateFromShape<float>([2, 3, 3, 4]);
        layer.Forward(bottom.AsTensorSpan(), top);
        Assert.That(top.ToArray(), Is.EqualTo(expected.Data.ToArray()));
    }

    [Test]
    public void The_axis_is_the_first_of_an_image()
    {
        using var layer = new Convolution<float>(Last with { Axis = 2 });
        layer.Reshape([2, 3, 5, 4, 6]);
        Assert.That(layer.TopShape, Is.EqualTo(new Shape(2, 3, 3, 3, 4)));
        using var fromTheEnd = new Convolution<float>(Last with { Axis = -3 });
        fromTheEnd.Reshape([2, 3, 5, 4, 6]);
        Assert.That(fromTheEnd.TopShape, Is.EqualTo(layer.TopShape));
    }

    [Test]
    public void What_cannot_do_it_says_so()
    {
        using var direct = new Convolution<float>(Last with { Engine = Engine.Direct });
        using var layer = new Convolution<float>(Last);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => direct.Reshape([2, 5, 4, 6]), Throws.TypeOf<NotSupportedException>()
                .With.Message.Contains("channels first").And.Message.Contains("choose another engine"));
            Assert.That(() => layer.Reshape([2, 6, 4, 5]), Throws.ArgumentException
                .With.Message.Contains("5 channels on axis 3").And.Message.Contains("group 2"));
            Assert.That(() => new Im2col<float>(new() { Kernel = 2, Layout = TensorLayout.ChannelsLast }),
                Throws.ArgumentException.With.Property("ParamName").EqualTo(nameof(ConvolutionOptions.Layout)));
        }
    }

    private static BaseConvolutionLayer<float> Create(ConvolutionOptions options, bool deconvolution) =>
        deconvolution ? new Deconvolution<float>(options) : new Convolution<float>(options);

    /// <summary>Forward, and backward from the top itself.</summary>
    private static void Run(BaseConvolutionLayer<float> layer, Blob<float> bottom, Blob<float> top)
    {
        layer.Forward(bottom, top);
        top.CopyDiffFrom(top.Data);
        layer.Backward(top, bottom);
    }

    private static Shape Turned(Shape shape) => [shape[0], .. shape.AsSpan()[2..], shape[1]];

    private static Blob<float> Turned(Blob<float> blob)
    {
        var result = new Blob<float>(Turned(blob.Shape));
        result.CopyFrom(Turned(blob.Data, blob.Shape));
        return result;
    }

    /// <summary>Values of channels first with channels last.</summary>
    internal static float[] Turned(ReadOnlySpan<float> values, Shape shape)
    {
        int channels = (int)shape[1], positions = (int)(shape.Count / shape[0] / shape[1]);
        var result = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int image = i / (channels * positions), channel = i / positions % channels;
            result[(((image * positions) + (i % positions)) * channels) + channel] = values[i];
        }

        return result;
    }
}
