using System.Runtime.InteropServices;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>
/// CUDA devices through the public API: on the GPU when the environment variable CONVNET_CUDA_PLUGIN names a plug-in,
/// else on the emulated device of the native tests, whose memory this process cannot touch.
/// </summary>
public sealed partial class CudaTests
{
    private static readonly ConvolutionOptions Options = new() { NumOutput = 3, Kernel = 3, Pad = 1, WeightFiller = Filler.Xavier(seed: 5), BiasFiller = Filler.Constant(0.5) };

    [OneTimeSetUp]
    public void Load()
    {
        // The native library sees only what the C library's environment has.
        if (Environment.GetEnvironmentVariable("CONVNET_CUDA_PLUGIN") is null)
        {
            SetVariable("CONVNET_CUDA_PLUGIN", TestPaths.TestLibrary("convnet_cuda_emulated"), 1);
        }
    }

    [Test]
    public void Devices_are_listed()
    {
        IReadOnlyList<CudaDeviceInfo> devices = Device.CudaDevices;
        Assert.That(devices, Is.Not.Empty);
        CudaDeviceInfo first = devices[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Index, Is.Zero);
            Assert.That(first.Name, Is.Not.Empty);
            Assert.That(first.MemoryBytes, Is.GreaterThan(1 << 20));
            Assert.That(first.ComputeCapability.Major, Is.GreaterThanOrEqualTo(7));
            Assert.That(first.Multiprocessors, Is.GreaterThan(0));
            Assert.That(first.DriverVersion.Major, Is.GreaterThanOrEqualTo(first.RuntimeVersion.Major));
            Assert.That(first.CudnnVersion is null, Is.EqualTo(first.CudnnAbsence.Length > 0));
            Assert.That(first.ToString(), Does.StartWith($"0: {first.Name}, ").And.Contain("capability"));
        }
    }

    [Test]
    public void The_shared_device_is_one_and_is_never_disposed()
    {
        Device shared = Device.Cuda();
        shared.Dispose();
        Assert.That(Device.Cuda(0), Is.SameAs(shared));
        Assert.That(shared.Kind, Is.EqualTo(DeviceKind.Cuda));
        Assert.That(shared.ToString(), Is.EqualTo("Cuda:0"));
    }

    [Test]
    public void Wrong_options_are_refused_by_name()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Device.Cuda(99), Throws.ArgumentException.With.Message.Contains("99"));
            Assert.That(() => Device.CreateCuda(-1), Throws.ArgumentException.With.Message.Contains("-1"));
            Assert.That(() => Device.CreateCuda(0, new() { WorkspaceLimitBytes = -1 }),
                Throws.ArgumentException.With.Property("ParamName").EqualTo(nameof(CudaDeviceOptions.WorkspaceLimitBytes)));
            Assert.That(() => Device.CreateCuda(0, new() { MemoryLimitBytes = -1 }),
                Throws.ArgumentException.With.Property("ParamName").EqualTo(nameof(CudaDeviceOptions.MemoryLimitBytes)));
        }
    }

    [Test]
    public void Values_are_copied_there_and_back()
    {
        using var blob = new Blob<float>(Device.Cuda(), [2, 3]);
        float[] values = [1, 2, 3, 4, 5, 6];
        blob.CopyFrom(values);
        Assert.That(Read(blob), Is.EqualTo(values));
        Assert.That(ReadDiff(blob), Is.EqualTo(new float[6]));
        blob.CopyDiffFrom(values);
        Assert.That(ReadDiff(blob), Is.EqualTo(values));
        blob.ClearDiff();
        Assert.That(ReadDiff(blob), Is.EqualTo(new float[6]));
        Assert.That(() => blob.CopyTo(new float[5]), Throws.ArgumentException);
        Assert.That(() => blob.CopyDiffTo(new float[7]), Throws.ArgumentException);
        Assert.That(() => blob.CopyDiffFrom(new float[7]), Throws.ArgumentException);
    }

    [Test]
    public void Gradients_are_copied_on_the_CPU_too()
    {
        using var blob = new Blob<float>([2]);
        blob.CopyDiffFrom([3, 4]);
        Assert.That(ReadDiff(blob), Is.EqualTo(new float[] { 3, 4 }));
        Assert.That(() => blob.CopyDiffFrom(blob.Diff), Throws.ArgumentException);
    }

    [Test]
    public void No_span_shows_memory_of_a_GPU()
    {
        using var blob = new Blob<float>(Device.Cuda(), [2]);
        Action[] looks =
        [
            () => _ = blob.Data.Length, () => _ = blob.MutableData.Length, () => _ = blob.Diff.Length,
            () => _ = blob.MutableDiff.Length, () => _ = blob[0], () => blob[0] = 1,
            () => blob.AsTensorSpan(), () => blob.AsMutableTensorSpan(),
        ];
        using (Assert.EnterMultipleScope())
        {
            foreach (Action look in looks)
            {
                Assert.That(look, Throws.InvalidOperationException
                    .With.Message.Contains("memory of Cuda:0").And.Message.Contains("CopyTo"));
            }
        }
    }

    [Test]
    public void Layers_give_the_results_of_the_CPU([Values(Engine.Auto, Engine.Gemm)] Engine engine)
    {
        float[] input = [.. Enumerable.Range(0, 2 * 2 * 5 * 4).Select(i => (float)Math.Sin(i))];
        float[] gradient = [.. Enumerable.Range(0, 2 * 3 * 5 * 4).Select(i => (float)Math.Cos(i))];
        float[][] expected = Run(Device.Cpu, Options, input, gradient);
        float[][] actual = Run(Device.Cuda(), Options with { Engine = engine }, input, gradient);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.That(actual[i], Is.EqualTo(expected[i]).Within(1e-5), $"result {i}");
        }
    }

    [Test]
    public void Layers_with_channels_last_give_the_results_of_the_CPU([Values(Engine.Auto, Engine.Gemm)] Engine engine)
    {
        Shape bottom = [2, 2, 5, 4], top = [2, 3, 5, 4];
        float[] input = [.. Enumerable.Range(0, (int)bottom.Count).Select(i => (float)Math.Sin(i))];
        float[] gradient = [.. Enumerable.Range(0, (int)top.Count).Select(i => (float)Math.Cos(i))];
        float[][] expected = Run(Device.Cpu, Options, input, gradient);
        float[][] actual = Run(Device.Cuda(), Options with { Engine = engine, Layout = TensorLayout.ChannelsLast },
            LayoutTests.Turned(input, bottom), LayoutTests.Turned(gradient, top));
        Assert.That(actual[0], Is.EqualTo(LayoutTests.Turned(expected[0], top)).Within(1e-5), "top");
        Assert.That(actual[1], Is.EqualTo(LayoutTests.Turned(expected[1], bottom)).Within(1e-5), "gradient of the bottom");
        Assert.That(actual[2], Is.EqualTo(expected[2]).Within(1e-5), "gradient of the weights");
        Assert.That(actual[3], Is.EqualTo(expected[3]).Within(1e-5), "gradient of the bias");
    }

    [Test]
    public void Several_bottoms_compute_at_once()
    {
        using var layer = new Convolution<float>(Device.Cuda(), Options);
        using var first = new Blob<float>(Device.Cuda(), [1, 2, 4, 4]);
        using var second = new Blob<float>(Device.Cuda(), [1, 2, 4, 4]);
        using var firstTop = new Blob<float>(Device.Cuda(), [1]);
        using var secondTop = new Blob<float>(Device.Cuda(), [1]);
        first.Fill(1);
        second.Fill(1);
        layer.Forward([first, second], [firstTop, secondTop]);
        layer.Backward([firstTop, secondTop], [first, second]);
        Assert.That(Read(firstTop), Is.EqualTo(Read(secondTop)));
        Assert.That(() => layer.Forward([first], [new Blob<float>([1])]),
            Throws.ArgumentException.With.Message.Contains("is on Cpu:0"));
    }

    [Test]
    public void Nothing_moves_between_devices_behind_the_users_back()
    {
        using var layer = new Convolution<float>(Device.Cuda(), Options);
        using var here = new Blob<float>([1, 2, 4, 4]);
        using var there = new Blob<float>(Device.Cuda(), [1, 2, 4, 4]);
        using var top = new Blob<float>(Device.Cuda(), [1]);
        layer.Forward(there, top);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => layer.Forward(here, top), Throws.ArgumentException
                .With.Message.Contains("bottom is on Cpu:0").And.Message.Contains("computes on Cuda:0"));
            Assert.That(() => layer.Forward(there, here), Throws.ArgumentException.With.Message.Contains("top is on Cpu:0"));
            Assert.That(() => layer.Backward(top, here), Throws.ArgumentException.With.Message.Contains("bottom is on Cpu:0"));
            Assert.That(() => layer.Forward(new float[32], new float[48]), Throws.InvalidOperationException
                .With.Message.Contains("memory of the host").And.Message.Contains("Cuda:0"));
            Assert.That(() => layer.Backward(new float[48], new float[32], []), Throws.InvalidOperationException);
            Assert.That(() => layer.SetParameter(1, new Blob<float>([3])), Throws.ArgumentException);
        }
    }

    [Test]
    public void Passes_run_over_device_memory_of_the_caller()
    {
        using var layer = new Convolution<float>(Device.Cuda(), Options);
        using var bottom = new Blob<float>(Device.Cuda(), [1, 2, 4, 4]);
        using var top = new Blob<float>(Device.Cuda(), [1, 3, 4, 4]);
        using var expected = new Blob<float>(Device.Cuda(), [1]);
        bottom.Fill(Filler.Uniform(-1, 1, seed: 2));
        layer.Forward(bottom, expected);
        layer.Forward(bottom.GetDataMemory(), top.GetDataMemory());
        Assert.That(Read(top), Is.EqualTo(Read(expected)));
        top.CopyDiffFrom(Read(top));
        layer.Backward(top.GetDiffMemory(), bottom.GetDataMemory(), bottom.GetDiffMemory());
        Assert.That(ReadDiff(bottom), Has.Some.Not.Zero);
        layer.Backward(top.GetDiffMemory(), bottom.GetDataMemory(), default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => layer.Forward(top.GetDataMemory(), top.GetDataMemory()), Throws.ArgumentException);
            Assert.That(() => layer.Forward(bottom.GetDataMemory(), bottom.GetDataMemory() with { Count = 48 }),
                Throws.ArgumentException.With.Message.Contains("overlaps"));
            Assert.That(() => layer.Forward(new DeviceMemory<float>(0, 32), top.GetDataMemory()),
                Throws.ArgumentException.With.Message.Contains("NULL"));
        }
    }

    [Test]
    public void Types_of_16_bits_compute_on_the_GPU()
    {
        Types_compute(value => (Half)value, value => (float)value);
        Types_compute(value => (BFloat16)value, value => value);
    }

    [Test]
    public void The_CPU_stores_types_of_16_bits_and_declines_to_compute()
    {
        using var blob = new Blob<Half>([2]);
        blob.Fill((Half)1.5);
        Assert.That(blob.Data.ToArray(), Is.EqualTo(new[] { (Half)1.5, (Half)1.5 }));
        using var other = new Blob<BFloat16>([1]);
        other.Fill((BFloat16)3f);
        Assert.That(other[0], Is.EqualTo((BFloat16)3f));
        Assert.That(() => new Convolution<Half>(Options), Throws.TypeOf<NotSupportedException>().With.Message.Contains("float16"));
        Assert.That(() => new Im2col<BFloat16>(new() { Kernel = 2 }),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("bfloat16").And.Message.Contains("CUDA"));
        Assert.That(() => new Blob<int>([1]), Throws.TypeOf<NotSupportedException>().With.Message.Contains("BFloat16"));
    }

    [Test]
    public void Brain_floats_round_to_nearest_even()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That((float)(BFloat16)1.00390625f, Is.EqualTo(1f), "half a step above 1, to even");
            Assert.That((float)(BFloat16)1.01171875f, Is.EqualTo(1.015625f));
            Assert.That((float)(BFloat16)float.MaxValue, Is.EqualTo(float.PositiveInfinity));
            Assert.That((float)(BFloat16)float.NaN, Is.NaN);
            Assert.That(BFloat16.FromSingle(-0f).ToSingle(), Is.EqualTo(-0f));
            Assert.That((BFloat16)2f == (BFloat16)2f, Is.True);
            Assert.That((BFloat16)float.NaN != (BFloat16)float.NaN, Is.True);
            Assert.That(((BFloat16)1.5f).ToString(), Is.EqualTo("1.5"));
        }
    }

    [Test]
    public void Work_goes_to_the_stream_that_is_set()
    {
        using var device = Device.CreateCuda();
        Assert.That(device.Stream.Handle, Is.EqualTo((nint)0));
        CudaStream stream = device.CreateStream();
        device.Stream = stream;
        Assert.That(device.Stream.Handle, Is.EqualTo(stream.Handle));
        using var blob = new Blob<float>(device, [100]);
        blob.Fill(2);
        device.Synchronize();
        Assert.That(Read(blob), Is.All.EqualTo(2));
        stream.Dispose();
        stream.Dispose();
        Assert.That(() => stream.Handle, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => device.Stream = stream, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(device.Stream.Handle, Is.EqualTo((nint)0), "the default stream took its place");
        device.Stream = CudaStream.Default;
        Assert.That(Read(blob), Is.All.EqualTo(2));
        Assert.That(() => Device.Cpu.CreateStream(), Throws.TypeOf<NotSupportedException>().With.Message.Contains("CUDA"));
        Assert.That(() => Device.Cpu.Stream, Throws.TypeOf<NotSupportedException>());
        Device.Cpu.Synchronize();
    }

    [Test]
    public void Pinned_memory_is_copied_from_and_to()
    {
        using var device = Device.CreateCuda();
        var pinned = new PinnedBuffer<float>(device, 10);
        pinned.Span.Fill(3);
        using var blob = new Blob<float>(device, [10]);
        blob.CopyFrom(pinned.Span);
        pinned.Span.Clear();
        blob.CopyTo(pinned.Span);
        Assert.That(pinned.Span.ToArray(), Is.All.EqualTo(3));
        device.Dispose(); // the buffer and the blob keep it
        pinned.Dispose();
        pinned.Dispose();
        Assert.That(() => pinned.Span.Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => new PinnedBuffer<float>(Device.Cpu, 1), Throws.TypeOf<NotSupportedException>());
        Assert.That(() => new PinnedBuffer<float>(Device.Cuda(), 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void What_is_not_disposed_is_finalized()
    {
        using var device = Device.CreateCuda();
        Garbage.Drop(() =>
        {
            _ = device.CreateStream();
            _ = new PinnedBuffer<double>(device, 100);
            _ = new Blob<double>(device, [100]);
        });
        Garbage.Collect();
        Assert.That(device.GetCudaMemory().UsedBytes, Is.Zero);
    }

    [Test]
    public void Memory_is_counted_and_trimmed()
    {
        using var device = Device.CreateCuda();
        var blob = new Blob<float>(device, [1000]);
        CudaMemoryInfo used = device.GetCudaMemory();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(used.UsedBytes, Is.EqualTo(4000));
            Assert.That(used.ReservedBytes, Is.GreaterThanOrEqualTo(4000));
            Assert.That(used.TotalBytes, Is.EqualTo(Device.CudaDevices[0].MemoryBytes).Within(5).Percent);
            Assert.That(used.FreeBytes, Is.InRange(1, used.TotalBytes));
        }

        blob.Dispose();
        Assert.That(device.Trim(), Is.GreaterThanOrEqualTo(0));
        Assert.That(device.GetCudaMemory().UsedBytes, Is.Zero);
        Assert.That(() => Device.Cpu.GetCudaMemory(), Throws.TypeOf<NotSupportedException>());
    }

    [Test]
    public void A_memory_limit_is_kept()
    {
        using var device = Device.CreateCuda(0, new() { MemoryLimitBytes = 1 << 16 });
        using var blob = new Blob<float>(device, [1 << 13]);
        Assert.That(() => new Blob<float>(device, [1 << 14]),
            Throws.TypeOf<OutOfMemoryException>().With.Message.Contains("65536"));
    }

    [Test]
    public void The_plan_says_who_computes()
    {
        using var device = Device.CreateCuda(0, new() { Deterministic = true, Autotune = true, AllowTf32 = true });
        using var layer = new Convolution<float>(device, Options);
        layer.Reshape([1, 2, 4, 4]);
        Assert.That(layer.Plan.Engine,
            Is.EqualTo(Device.CudaDevices[0].CudnnVersion is null ? Engine.Gemm : Engine.Cudnn));
        Assert.That(layer.Plan.Forward, Is.Not.Empty);
    }

    private static void Types_compute<T>(Func<float, T> from, Func<T, float> to)
        where T : unmanaged
    {
        Device device = Device.Cuda();
        using var layer = new Convolution<T>(device, new() { NumOutput = 1, Kernel = 2, WeightFiller = Filler.Constant(0.5) });
        using var bottom = new Blob<T>(device, [1, 1, 3, 3]);
        using var top = new Blob<T>(device, [1]);
        bottom.CopyFrom([.. Enumerable.Range(0, 9).Select(i => from(i))]);
        layer.Forward(bottom, top);
        var values = new T[4];
        top.CopyTo(values);
        Assert.That(values.Select(to), Is.EqualTo(new float[] { 4, 6, 10, 12 }));
        top.CopyDiffFrom(Enumerable.Repeat(from(1), 4).ToArray());
        layer.Backward(top, bottom);
        var gradients = new T[4];
        layer.Weights.CopyDiffTo(gradients);
        Assert.That(gradients.Select(to), Is.EqualTo(new float[] { 8, 12, 20, 24 }));
    }

    /// <summary>The top, and the gradients of the bottom, the weights and the bias.</summary>
    private static float[][] Run(Device device, ConvolutionOptions options, float[] input, float[] gradient)
    {
        using var layer = new Convolution<float>(device, options);
        bool channelsLast = options.Layout == TensorLayout.ChannelsLast;
        using var bottom = new Blob<float>(device, channelsLast ? [2, 5, 4, 2] : [2, 2, 5, 4]);
        using var top = new Blob<float>(device, [1]);
        bottom.CopyFrom(input);
        layer.Forward(bottom, top);
        top.CopyDiffFrom(gradient);
        layer.Backward(top, bottom);
        return [Read(top), ReadDiff(bottom), ReadDiff(layer.Weights), ReadDiff(layer.Bias!)];
    }

    private static float[] Read(Blob<float> blob)
    {
        var values = new float[blob.Count];
        blob.CopyTo(values);
        return values;
    }

    private static float[] ReadDiff(Blob<float> blob)
    {
        var values = new float[blob.Count];
        blob.CopyDiffTo(values);
        return values;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
