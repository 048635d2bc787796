using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>Objects may be disposed twice, in any order, on any thread, during use, or never.</summary>
[NonParallelizable]
public sealed class LifetimeTests
{
    private static readonly ConvolutionOptions Options = new()
    {
        NumOutput = 4, Kernel = 3, Pad = 1, WeightFiller = Filler.Gaussian(),
    };

    [Test]
    public void Everything_may_be_disposed_twice()
    {
        LiveCounts before = Baseline();
        var device = Device.CreateCpu();
        var blob = new Blob<float>(device, [2, 3]);
        var layer = new Convolution<float>(device, Options);
        layer.Reshape([1, 3, 4, 4]);
        Blob<float> weights = layer.Weights;
        foreach (IDisposable item in new IDisposable[] { weights, layer, blob, device })
        {
            item.Dispose();
            Assert.That(item.Dispose, Throws.Nothing);
        }

        Assert.That(ConvNetRuntime.GetLiveCounts(), Is.EqualTo(before));
    }

    [Test]
    public void The_shared_device_survives_Dispose()
    {
        Device.Cpu.Dispose();
        using var blob = new Blob<float>([2]);
        Assert.That(blob.Device.Threads, Is.GreaterThan(0));
    }

    [Test]
    public void A_layer_keeps_its_device_alive()
    {
        LiveCounts before = Baseline();
        var device = Device.CreateCpu();
        var layer = new Convolution<float>(device, Options);
        var bottom = new Blob<float>(device, [1, 3, 4, 4]);
        var top = new Blob<float>(device, [1]);
        device.Dispose();
        Assert.That(ConvNetRuntime.GetLiveCounts().Devices, Is.EqualTo(before.Devices + 1));
        bottom.Fill(1);
        layer.Forward(bottom, top);
        layer.Backward(top, bottom);
        Assert.That(top.Data.ToArray(), Is.Not.All.Zero);

        // Blobs too: the last one holds it.
        layer.Dispose();
        bottom.Dispose();
        top.Reshape([1000]);
        Assert.That(ConvNetRuntime.GetLiveCounts().Devices, Is.EqualTo(before.Devices + 1));
        top.Dispose();
        Assert.That(ConvNetRuntime.GetLiveCounts(), Is.EqualTo(before));
    }

    [Test]
    public void Disposing_a_parameter_does_not_touch_the_layer()
    {
        using var run = new LayerRun<float>(new LayerCase("", [1, 3, 4, 4], Options));
        run.Layer.Forward(run.Bottom, run.Top);
        float[] expected = run.Top.Data.ToArray();
        Blob<float> weights = run.Layer.Weights;
        run.Layer.Parameters[0].Dispose();
        run.Layer.Parameters[1].Dispose();
        Assert.That(() => weights.Data.Length, Throws.InstanceOf<ObjectDisposedException>());
        run.Layer.Forward(run.Bottom, run.Top);
        Assert.That(run.Top.Data.ToArray(), Is.EqualTo(expected));
        Assert.That(run.Layer.Weights.Data.Length, Is.EqualTo(108));
    }

    [Test]
    public void A_layer_disposes_of_the_parameters_that_it_gave_out_and_of_no_other()
    {
        using var own = new Blob<float>([4]);
        var layer = new Convolution<float>(Options);
        layer.SetParameter(1, own);
        layer.Reshape([1, 3, 4, 4]);
        Blob<float> weights = layer.Weights;
        Blob<float> bias = layer.Bias!;
        layer.Dispose();
        Assert.That(() => weights.Data.Length, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => bias.Data.Length, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(own.Data.Length, Is.EqualTo(4));
    }

    [TestCase("blob")]
    [TestCase("layer")]
    [TestCase("device")]
    public void Dispose_during_a_pass_waits_or_is_refused(string what)
    {
        LiveCounts before = Baseline();
        for (int round = 0; round < 20; round++)
        {
            var device = Device.CreateCpu();
            var layer = new Convolution<float>(device, Options with { NumOutput = 16 });
            var bottom = new Blob<float>(device, [4, 8, 40, 40]);
            var top = new Blob<float>(device, [1]);
            layer.Forward(bottom, top);
            using var started = new ManualResetEventSlim();
            var user = Task.Run(() =>
            {
                try
                {
                    for (int i = 0; i < 1000; i++)
                    {
                        layer.Forward(bottom, top);
                        layer.Backward(top, bottom);
                        started.Set();
                    }

                    return false;
                }
                catch (ObjectDisposedException)
                {
                    return true;
                }
                finally
                {
                    started.Set();
                }
            });
            started.Wait();
            IDisposable victim = what switch { "blob" => bottom, "layer" => layer, _ => device };
            victim.Dispose();
            if (what == "device")
            {
                // Only the layer's and the blobs' own references count.
                layer.Dispose();
            }

            Assert.That(user.Result, Is.True, "the pass after it is refused");
            layer.Dispose();
            bottom.Dispose();
            top.Dispose();
            device.Dispose();
        }

        Assert.That(ConvNetRuntime.GetLiveCounts(), Is.EqualTo(before));
    }

    [TestCase("one blob")]
    [TestCase("lists of blobs")]
    [TestCase("backward")]
    public void A_blob_disposed_during_a_pass_lives_until_its_end(string way)
    {
        using var device = Device.CreateCpu(new CpuDeviceOptions { Threads = 1 });
        using var layer = new Convolution<float>(device, Options with { NumOutput = 64, Kernel = 5, Pad = 2 });
        bool wasCaught = false;
        for (int attempt = 0; attempt < 12 && !wasCaught; attempt++)
        {
            // The pass must still run when the counts are read; if it was too fast, a larger one follows.
            int extent = 32 << Math.Min(attempt, 3);
            using var bottom = new Blob<float>(device, [1, 32, extent, extent]);
            using var top = new Blob<float>(device, [1, 64, extent, extent]);
            layer.Reshape(bottom.Shape);
            Action pass = way switch
            {
                "one blob" => () => layer.Forward(bottom, top),
                "lists of blobs" => () => layer.Forward([bottom], [top]),
                _ => () => layer.Backward(top, bottom),
            };
            pass();
            using var started = new ManualResetEventSlim();
            var running = Task.Factory.StartNew(
                () =>
                {
                    started.Set();
                    pass();
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            started.Wait();
            Thread.Sleep(5);
            long before = ConvNetRuntime.GetLiveCounts().Blobs;
            bottom.Dispose();
            top.Dispose();
            long after = ConvNetRuntime.GetLiveCounts().Blobs;
            wasCaught = !running.IsCompleted;
            try
            {
                running.Wait();
            }
            catch (AggregateException refusal) when (refusal.InnerException is ObjectDisposedException)
            {
                // The thread had not come as far as the pass.
                wasCaught = false;
            }

            if (wasCaught)
            {
                Assert.That(after, Is.EqualTo(before), "while the pass runs");
                Assert.That(ConvNetRuntime.GetLiveCounts().Blobs, Is.EqualTo(before - 2), "after it");
            }
        }

        Assert.That(wasCaught, Is.True, "no pass was slow enough to be caught");
    }

    [Test]
    public void Finalizers_run_on_any_thread_and_in_any_order()
    {
        LiveCounts before = Baseline();
        for (int round = 0; round < 5; round++)
        {
            Parallel.For(0, 8, _ => Garbage.Drop(() =>
            {
                var device = Device.CreateCpu();
                var layer = new Deconvolution<double>(device, Options);
                var bottom = new Blob<double>(device, [1, 3, 5, 5]);
                var top = new Blob<double>(device, [1]);
                layer.Forward(bottom, top);
                layer.Backward(top, bottom);
                GC.KeepAlive(layer.Parameters);
            }));
        }

        Assert.That(ConvNetRuntime.GetLiveCounts().Layers, Is.GreaterThan(before.Layers), "nothing was disposed");
        Garbage.Collect();
        Assert.That(ConvNetRuntime.GetLiveCounts(), Is.EqualTo(before));
    }

    [Test]
    public void Ten_thousand_layers_leave_nothing_behind()
    {
        LiveCounts before = Baseline();
        using (var device = Device.CreateCpu())
        {
            for (int i = 0; i < 10_000; i++)
            {
                bool dispose = i % 2 == 0;
                Garbage.Drop(() => MakeAndUse(device, dispose));
            }
        }

        Garbage.Collect();
        Assert.That(ConvNetRuntime.GetLiveCounts(), Is.EqualTo(before));
    }

    [Test]
    public void A_failed_construction_leaves_nothing_behind()
    {
        LiveCounts before = Baseline();
        for (int i = 0; i < 100; i++)
        {
            Assert.That(() => new Convolution<float>(Options with { NumOutput = 0 }), Throws.ArgumentException);
            Assert.That(() => new Blob<float>([1L << 55]), Throws.InstanceOf<OutOfMemoryException>());
            using var layer = new Convolution<float>(Options with { WeightFiller = Filler.Bilinear(), Kernel = [3, 5] });
            Assert.That(() => layer.Reshape([1, 3, 9, 9]), Throws.ArgumentException);
        }

        Garbage.Collect();
        Assert.That(ConvNetRuntime.GetLiveCounts(), Is.EqualTo(before));
    }

    private static LiveCounts Baseline()
    {
        // The shared device stays; the workspace that it keeps for later would come and go.
        Garbage.Collect();
        Device.Cpu.Trim();
        return ConvNetRuntime.GetLiveCounts();
    }

    private static void MakeAndUse(Device device, bool dispose)
    {
        var layer = new Convolution<float>(device, Options);
        var bottom = new Blob<float>(device, [1, 3, 4, 4]);
        var top = new Blob<float>(device, [1]);
        layer.Forward(bottom, top);
        top.MutableDiff.Fill(1);
        layer.Backward(top, bottom);
        _ = layer.Weights;
        if (dispose)
        {
            layer.Dispose();
            bottom.Dispose();
            top.Dispose();
        }
    }
}
