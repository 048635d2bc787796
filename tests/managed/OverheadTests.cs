using System.Diagnostics;
using System.Numerics.Tensors;
using System.Reflection;
using System.Runtime.InteropServices;
using ConvNet.Interop;
using ConvNet.Loading;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>
/// What a managed call costs over a native one, on a layer that has next to nothing to compute: at most one microsecond
/// and not one byte.
/// </summary>
[NonParallelizable]
public sealed unsafe class OverheadTests
{
    // Short rounds, many of them: other work on the machine then spoils some, not the median.
    private const int Calls = 2000;
    private const int Rounds = 201;

    // Nanoseconds. Code that the compiler was told not to optimize is not what the promise is about.
    private static readonly double Limit =
        typeof(Device).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true } ? 10_000 : 1000;

    private Device _device = null!;
    private Convolution<float> _layer = null!;
    private Blob<float> _bottom = null!;
    private Blob<float> _top = null!;

    private static IEnumerable<TestCaseData> Ways()
    {
        yield return Way("blobs", (layer, bottom, top) => layer.Forward(bottom, top));
        yield return Way("lists of blobs", (layer, bottom, top) => layer.Forward([bottom], [top]));
        yield return Way("spans", (layer, bottom, top) => layer.Forward(bottom.Data, top.MutableData));
        yield return Way("tensor spans", (layer, bottom, top) => layer.Forward(bottom.AsTensorSpan(), top.AsMutableTensorSpan()));

        static TestCaseData Way(string name, Action<Convolution<float>, Blob<float>, Blob<float>> forward) =>
            new TestCaseData(forward).SetArgDisplayNames(name);
    }

    [OneTimeSetUp]
    public void MakeLayer()
    {
        _device = Device.CreateCpu(new CpuDeviceOptions { Threads = 1 });
        _layer = new Convolution<float>(_device, new() { NumOutput = 8, Kernel = 1, WeightFiller = Filler.Xavier() });
        _bottom = new Blob<float>(_device, [1, 8, 4, 4]);
        _top = new Blob<float>(_device, [1]);
        _bottom.Fill(Filler.Uniform(-1, 1));
        _layer.Forward(_bottom, _top);
    }

    [OneTimeTearDown]
    public void DisposeLayer()
    {
        _top.Dispose();
        _bottom.Dispose();
        _layer.Dispose();
        _device.Dispose();
    }

    [TestCaseSource(nameof(Ways))]
    public void A_managed_forward_costs_at_most_a_microsecond_more(Action<Convolution<float>, Blob<float>, Blob<float>> forward)
    {
        using var native = new NativeLoop(_layer, _bottom, _top);
        var differences = new double[Rounds];
        var nativeTimes = new double[Rounds];
        // Until the compiler, which works in the background, has made its last version of the code.
        for (int warm = 0; warm < 4; warm++)
        {
            native.Run(Calls);
            Loop(forward, 10 * Calls);
            Thread.Sleep(150);
        }

        // Alternated, so that a machine that gets slower or faster does so for both.
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            native.Run(Calls);
            long middle = Stopwatch.GetTimestamp();
            Loop(forward, Calls);
            long end = Stopwatch.GetTimestamp();
            nativeTimes[round] = Nanoseconds(middle - start);
            differences[round] = Nanoseconds(end - middle) - nativeTimes[round];
        }

        Array.Sort(differences);
        Array.Sort(nativeTimes);
        double median = differences[Rounds / 2];
        TestContext.Out.WriteLine(
            $"native call {nativeTimes[Rounds / 2]:F0} ns; managed call {median:F0} ns more (median of {Rounds} rounds, " +
            $"from {differences[0]:F0} to {differences[^1]:F0})");
        Assert.That(median, Is.LessThanOrEqualTo(Limit));
    }

    [TestCaseSource(nameof(Ways))]
    public void A_managed_forward_allocates_nothing(Action<Convolution<float>, Blob<float>, Blob<float>> forward)
    {
        Loop(forward, 1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Loop(forward, Calls);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        TestContext.Out.WriteLine($"{bytes} bytes in {Calls} calls");
        Assert.That(bytes, Is.Zero);
    }

    [Test]
    public void A_managed_backward_allocates_nothing()
    {
        var topDiff = new float[_top.Count];
        var bottomDiff = new float[_bottom.Count];
        Action<Convolution<float>, Blob<float>, Blob<float>> backward = (layer, bottom, top) =>
        {
            layer.Backward(top, bottom);
            layer.Backward([top], [bottom], [true]);
            layer.Backward(topDiff, bottom.Data, bottomDiff);
            layer.Backward(new ReadOnlyTensorSpan<float>(topDiff, [1, 8, 4, 4]), bottom.AsTensorSpan(), TensorSpan<float>.Empty);
        };
        Loop(backward, 1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Loop(backward, 1000);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Both_loops_call_the_same_copy_of_the_native_library()
    {
        // The test library must call the library that the managed layer loaded, or the times compare two.
        nint testing = NativeLibrary.Load(TestPaths.TestLibrary("convnet_testing"));
        Assert.That(NativeLibrary.GetExport(testing, nameof(NativeMethods.cn_layer_forward)),
            Is.EqualTo(NativeLibrary.GetExport(NativeLoader.Handle, nameof(NativeMethods.cn_layer_forward))));
    }

    private static double Nanoseconds(long ticks) => ticks * 1e9 / Stopwatch.Frequency / Calls;

    private void Loop(Action<Convolution<float>, Blob<float>, Blob<float>> forward, int calls)
    {
        for (int i = 0; i < calls; i++)
        {
            forward(_layer, _bottom, _top);
        }
    }

    /// <summary>The loop of the test-only native library over one layer.</summary>
    private sealed class NativeLoop : IDisposable
    {
        private readonly delegate* unmanaged[Cdecl]<nint, cn_tensor*, cn_tensor*, long, int> _loop;
        private readonly LayerHandle _handle;
        private readonly cn_tensor* _tensors;

        public NativeLoop(Layer<float> layer, Blob<float> bottom, Blob<float> top)
        {
            nint library = NativeLibrary.Load(TestPaths.TestLibrary("convnet_testing"));
            _loop = (delegate* unmanaged[Cdecl]<nint, cn_tensor*, cn_tensor*, long, int>)
                NativeLibrary.GetExport(library, "cnt_forward_loop");
            _handle = layer.NativeHandle;
            _tensors = (cn_tensor*)NativeMemory.AllocZeroed(2, (nuint)sizeof(cn_tensor));
            foreach ((int index, Blob<float> blob) in new[] { (0, bottom), (1, top) })
            {
                _tensors[index].struct_size = (uint)sizeof(cn_tensor);
                NativeStatus.ThrowIfFailed(NativeMethods.cn_blob_data(blob.Handle, &_tensors[index]));
            }
        }

        public void Run(long iterations)
        {
            int status = _loop(_handle.DangerousGetHandle(), _tensors, _tensors + 1, iterations);
            GC.KeepAlive(_handle);
            NativeStatus.ThrowIfFailed(status);
        }

        public void Dispose() => NativeMemory.Free(_tensors);
    }
}
