using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>The number of threads changes no bit, and any number of .NET threads may share a device.</summary>
public sealed class ThreadsTests
{
    private static IEnumerable<TestCaseData> Cases()
    {
        yield return Case(new("padded", [3, 16, 37, 29], new() { NumOutput = 24, Kernel = 3, Pad = 1 }));
        yield return Case(new("grouped and strided", [5, 12, 40, 31], new() { NumOutput = 12, Group = 4, Kernel = 5, Stride = 2 }));
        yield return Case(new("1x1", [4, 32, 23, 19], new() { NumOutput = 40, Kernel = 1 }));
        yield return Case(new("deconvolution", [3, 16, 13, 17], new() { NumOutput = 12, Kernel = 4, Stride = 2, Pad = 1 }, Deconvolution: true));
        yield return Case(new("3-D", [2, 4, 9, 11, 10], new() { NumOutput = 6, Kernel = 3, Dilation = 2 }));

        static TestCaseData Case(LayerCase @case) => new(@case);
    }

    [TestCaseSource(nameof(Cases))]
    public void Any_number_of_threads_gives_the_same_bits(LayerCase @case)
    {
        Bits<float> expected = Compute<float>(@case, 1);
        foreach (int threads in new[] { 1, 2, 3, 7 })
        {
            for (int run = 0; run < 3; run++)
            {
                Bits<float> found = Compute<float>(@case, threads);
                using (Assert.EnterMultipleScope())
                {
                    Assert.That(found.Top.AsSpan().SequenceEqual(expected.Top), Is.True, $"top with {threads} threads, run {run}");
                    Assert.That(found.BottomDiff.AsSpan().SequenceEqual(expected.BottomDiff), Is.True, $"bottom gradient with {threads} threads, run {run}");
                    Assert.That(found.WeightDiff.AsSpan().SequenceEqual(expected.WeightDiff), Is.True, $"weight gradient with {threads} threads, run {run}");
                }
            }
        }

        Assert.That(expected.WeightDiff, Is.Not.All.Zero);
    }

    [Test]
    public void A_device_has_the_threads_that_were_asked_for()
    {
        foreach (int threads in new[] { 1, 2, 3, 7 })
        {
            using var device = Device.CreateCpu(new CpuDeviceOptions { Threads = threads });
            Assert.That(device.Threads, Is.EqualTo(threads));
        }
    }

    [Test]
    public void Many_threads_use_one_device_at_once()
    {
        LayerCase[] cases = [.. Cases().Select(data => (LayerCase)data.Arguments[0]!)];
        Bits<float>[] expected = [.. cases.Select(@case => Compute<float>(@case, 1))];
        using var device = Device.CreateCpu(new CpuDeviceOptions { Threads = 3 });
        var threads = new Thread[8];
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var start = new Barrier(threads.Length);
        for (int t = 0; t < threads.Length; t++)
        {
            int mine = t % cases.Length;
            threads[t] = new Thread(() =>
            {
                start.SignalAndWait();
                for (int run = 0; run < 5; run++)
                {
                    Bits<float> found = Compute<float>(cases[mine], device);
                    if (!found.Top.AsSpan().SequenceEqual(expected[mine].Top)
                        || !found.BottomDiff.AsSpan().SequenceEqual(expected[mine].BottomDiff)
                        || !found.WeightDiff.AsSpan().SequenceEqual(expected[mine].WeightDiff))
                    {
                        failures.Enqueue($"{cases[mine]}, run {run}");
                    }
                }
            });
            threads[t].Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        Assert.That(failures, Is.Empty);
    }

    // What a service does: weights once, however many callers, each with a layer and a device of one thread.
    [Test]
    public void Callers_with_devices_of_their_own_share_weights()
    {
        LayerCase @case = new("shared", [1, 64, 20, 20], new() { NumOutput = 64, Kernel = 3, Pad = 1 });
        using var first = new LayerRun<float>(@case);
        first.Layer.Forward(first.Bottom, first.Top);
        float[] bottom = first.Bottom.Data.ToArray();
        float[] expected = first.Top.Data.ToArray();
        var wrong = 0;
        var added = 0L;
        var threads = new Thread[8];
        for (int t = 0; t < threads.Length; t++)
        {
            threads[t] = new Thread(() =>
            {
                using var device = Device.CreateCpu(new CpuDeviceOptions { Threads = 1 });
                using var layer = new Convolution<float>(device, @case.Options);
                layer.SetParameter(0, first.Layer.Weights);
                layer.SetParameter(1, first.Layer.Bias!);
                layer.Reshape(@case.Input);
                var top = new float[expected.Length];
                for (int run = 0; run < 10; run++)
                {
                    layer.Forward(bottom, top);
                    Interlocked.Add(ref wrong, top.AsSpan().SequenceEqual(expected) ? 0 : 1);
                }

                device.Trim();
                Interlocked.Add(ref added, device.GetInfo().MemoryBytes);
            });
            threads[t].Start();
        }

        Array.ForEach(threads, thread => thread.Join());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(wrong, Is.Zero);
            Assert.That(added, Is.Zero, "bytes of weights, in whatever form, on the callers' devices");
        }
    }

    [Test]
    public void A_parameter_knows_the_device_of_its_memory_wherever_it_is_used()
    {
        using var mine = Device.CreateCpu(new CpuDeviceOptions { Threads = 1 });
        using var layer = new Convolution<float>(mine, new() { NumOutput = 2, Kernel = 1 });
        using (var bias = new Blob<float>([2]))
        {
            layer.SetParameter(1, bias);
        }

        layer.Reshape([1, 1, 3, 3]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(layer.Weights.Device, Is.SameAs(mine));
            Assert.That(layer.Bias!.Device, Is.SameAs(Device.Cpu));
        }
    }

    [Test]
    public void A_layer_that_two_threads_use_at_once_is_computed_or_refused()
    {
        using var run = new LayerRun<float>(new("busy", [4, 16, 40, 40], new() { NumOutput = 16, Kernel = 3 }));
        run.Layer.Forward(run.Bottom, run.Top);
        float[] bottom = run.Bottom.Data.ToArray();
        float[] expected = run.Top.Data.ToArray();
        int refused = 0;
        int wrong = 0;
        int done = 0;
        Parallel.For(0, 4, _ =>
        {
            var top = new float[expected.Length];
            for (int i = 0; i < 100; i++)
            {
                try
                {
                    run.Layer.Forward(bottom, top);
                    Interlocked.Increment(ref done);
                    if (!top.AsSpan().SequenceEqual(expected))
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
                catch (InvalidOperationException)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        });
        TestContext.Out.WriteLine($"{done} computed, {refused} refused");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(wrong, Is.Zero);
            Assert.That(done, Is.GreaterThan(0));
            Assert.That(done + refused, Is.EqualTo(400));
        }
    }

    private static Bits<T> Compute<T>(LayerCase @case, int threads)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        using var device = Device.CreateCpu(new CpuDeviceOptions { Threads = threads });
        return Compute<T>(@case, device);
    }

    private static Bits<T> Compute<T>(LayerCase @case, Device device)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        using var run = new LayerRun<T>(@case, device);
        run.Layer.Forward(run.Bottom, run.Top);
        Values.Random<T>(run.Top.Count, 5).CopyTo(run.Top.MutableDiff);
        run.Layer.Backward(run.Top, run.Bottom);
        return new(run.Top.Data.ToArray(), run.Bottom.Diff.ToArray(), run.Layer.Weights.Diff.ToArray());
    }

    private sealed record Bits<T>(T[] Top, T[] BottomDiff, T[] WeightDiff);
}
