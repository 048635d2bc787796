using NUnit.Framework;

namespace ConvNet.Tests;

public sealed class DeviceTests
{
    [Test]
    public void The_shared_device_is_one()
    {
        var found = new Device[8];
        Parallel.For(0, found.Length, i => found[i] = Device.Cpu);
        Assert.That(found, Is.All.SameAs(Device.Cpu));
        Assert.That(Device.Cpu.Kind, Is.EqualTo(DeviceKind.Cpu));
        Assert.That(Device.Cpu.Index, Is.Zero);
        Assert.That(Device.Cpu.Threads, Is.GreaterThan(0));
    }

    [Test]
    public void Options_are_taken()
    {
        using var device = Device.CreateCpu(new CpuDeviceOptions
        {
            Threads = 3, WorkspaceLimitBytes = 1 << 20, MemoryLimitBytes = 1 << 24,
        });
        DeviceInfo info = device.GetInfo();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(device.Threads, Is.EqualTo(3));
            Assert.That(info.Threads, Is.EqualTo(3));
            Assert.That(info.Kind, Is.EqualTo(DeviceKind.Cpu));
            Assert.That(info.WorkspaceLimitBytes, Is.EqualTo(1 << 20));
            Assert.That(info.MemoryLimitBytes, Is.EqualTo(1 << 24));
            Assert.That(info.InstructionSet, Is.Not.Empty);
            Assert.That(device.ToString(), Is.EqualTo("Cpu:0, 3 threads"));
        }
    }

    [Test]
    public void The_default_workspace_limit_is_64_MiB()
    {
        using var device = Device.CreateCpu();
        Assert.That(device.GetInfo().WorkspaceLimitBytes, Is.EqualTo(64L << 20));
        Assert.That(device.GetInfo().MemoryLimitBytes, Is.Zero);
    }

    [Test]
    public void Counters_count_and_are_reset()
    {
        using var device = Device.CreateCpu(new CpuDeviceOptions { Threads = 1 });
        using var run = new LayerRun<float>(
            new("", [2, 3, 20, 20], new() { NumOutput = 4, Kernel = 3, Engine = Engine.Gemm }), device);
        run.Layer.Forward(run.Bottom, run.Top);
        run.Layer.Backward(run.Top, run.Bottom);
        DeviceInfo used = device.GetInfo();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(used.GemmCalls, Is.GreaterThanOrEqualTo(3));
            Assert.That(used.Im2colCalls, Is.GreaterThanOrEqualTo(1));
            Assert.That(used.Col2imCalls, Is.GreaterThanOrEqualTo(1));
            Assert.That(used.WorkspacePeakBytes, Is.GreaterThan(0));
            Assert.That(used.MemoryBytes, Is.GreaterThanOrEqualTo(used.WorkspaceBytes + (2 * 2 * 3 * 400 * sizeof(float))));
        }

        device.ResetCounters();
        DeviceInfo reset = device.GetInfo();
        Assert.That((reset.GemmCalls, reset.Im2colCalls, reset.Col2imCalls, reset.WorkspacePeakBytes), Is.EqualTo((0L, 0L, 0L, 0L)));
    }

    [Test]
    public void Trim_gives_cached_workspace_back()
    {
        using var device = Device.CreateCpu(new CpuDeviceOptions { Threads = 1 });
        using var run = new LayerRun<float>(new("", [2, 3, 20, 20], new() { NumOutput = 4, Kernel = 3 }), device);
        run.Layer.Forward(run.Bottom, run.Top);
        long cached = device.GetInfo().WorkspaceBytes;
        Assert.That(cached, Is.GreaterThan(0));
        Assert.That(device.Trim(), Is.EqualTo(cached));
        Assert.That(device.GetInfo().WorkspaceBytes, Is.Zero);
        Assert.That(device.Trim(), Is.Zero);

        // And the layer goes on.
        run.Layer.Forward(run.Bottom, run.Top);
        Assert.That(Values.ToDouble(run.Top.Data), Is.EqualTo(run.ExpectedTop()).Within(Values.Tolerance<float>()));
    }

    [Test]
    public void A_workspace_limit_is_kept()
    {
        var @case = new LayerCase("", [4, 8, 30, 30], new() { NumOutput = 8, Kernel = 5, Engine = Engine.Gemm });
        using var device = Device.CreateCpu(new CpuDeviceOptions { Threads = 2, WorkspaceLimitBytes = 64 << 10 });
        using var run = new LayerRun<float>(@case, device);
        run.Layer.Forward(run.Bottom, run.Top);
        run.Layer.Backward(run.Top, run.Bottom);
        Assert.That(device.GetInfo().WorkspacePeakBytes, Is.InRange(1, 64 << 10));
        Assert.That(Values.ToDouble(run.Top.Data), Is.EqualTo(run.ExpectedTop()).Within(Values.Tolerance<float>()));
    }
}
