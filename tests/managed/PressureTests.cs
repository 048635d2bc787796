using ConvNet.Interop;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>The garbage collector knows how much native memory blobs hold, and is told once that they let go.</summary>
[NonParallelizable]
public sealed class PressureTests
{
    private const long Kilofloats = 4000;

    private long _before;

    private static long Now => BlobStorage.TotalPressure;

    [SetUp]
    public void Start()
    {
        Garbage.Collect();
        _before = Now;
    }

    [Test]
    public void Values_and_gradients_count_until_the_blob_is_disposed()
    {
        var blob = new Blob<float>([1000]);
        Assert.That(Now - _before, Is.EqualTo(Kilofloats));
        _ = blob.Diff;
        Assert.That(Now - _before, Is.EqualTo(2 * Kilofloats));
        blob.Reshape([10]);
        Assert.That(Now - _before, Is.EqualTo(2 * Kilofloats), "native memory never shrinks");
        blob.Reshape([3000]);
        Assert.That(Now - _before, Is.EqualTo(6 * Kilofloats));
        blob.Dispose();
        Assert.That(Now, Is.EqualTo(_before));
        blob.Dispose();
        Garbage.Collect();
        Assert.That(Now, Is.EqualTo(_before), "once, not twice");
    }

    [Test]
    public void A_blob_that_is_only_finalized_counts_until_then()
    {
        Garbage.Drop(() => _ = new Blob<float>([1000]).Diff);
        Assert.That(Now - _before, Is.EqualTo(2 * Kilofloats));
        Garbage.Collect();
        Assert.That(Now, Is.EqualTo(_before));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_shared_blob_counts_once_and_until_the_last_lets_go(bool layerFirst)
    {
        var blob = new Blob<float>([1000, 1]);
        var layer = new Convolution<float>(new() { NumOutput = 1000, Kernel = [], BiasTerm = false });
        layer.SetParameter(0, blob);
        layer.Reshape([2, 1]);
        _ = layer.Weights;
        Assert.That(Now - _before, Is.EqualTo(Kilofloats));
        IDisposable[] order = layerFirst ? [layer, blob] : [blob, layer];
        order[0].Dispose();
        Assert.That(Now - _before, Is.EqualTo(Kilofloats));
        order[1].Dispose();
        Assert.That(Now, Is.EqualTo(_before));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Parameters_that_nobody_asked_for_count_too(bool dispose)
    {
        Garbage.Drop(() =>
        {
            var layer = new Convolution<float>(new() { NumOutput = 500, Kernel = [] });
            layer.Reshape([2, 1]);
            Assert.That(Now - _before, Is.EqualTo(Kilofloats), "500 weights and 500 of bias");
            if (dispose)
            {
                layer.Dispose();
            }
        });
        Garbage.Collect();
        Assert.That(Now, Is.EqualTo(_before));
    }

    [Test]
    public void A_parameter_that_is_replaced_is_let_go()
    {
        using var layer = new Convolution<float>(new() { NumOutput = 1000, Kernel = [], BiasTerm = false });
        layer.Reshape([2, 1]);
        var blob = new Blob<float>([1000, 1]);
        Assert.That(Now - _before, Is.EqualTo(2 * Kilofloats));
        layer.SetParameter(0, blob);
        Assert.That(Now - _before, Is.EqualTo(Kilofloats));
        layer.SetParameter(0, blob);
        blob.Dispose();
        Assert.That(Now - _before, Is.EqualTo(Kilofloats));
        layer.Dispose();
        Assert.That(Now, Is.EqualTo(_before));
    }
}
