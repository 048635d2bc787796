using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>Log messages reach a managed handler, and nothing that it does harms the library.</summary>
[NonParallelizable]
public sealed class LogTests
{
    [TearDown]
    public void Silence() => ConvNetRuntime.SetLog(null);

    [Test]
    public void Opening_a_device_is_information()
    {
        List<(ConvNetLogLevel Level, string Text)> messages = Record(ConvNetLogLevel.Info, OpenDevice);
        Assert.That(messages, Has.Count.EqualTo(1));
        Assert.That(messages[0].Level, Is.EqualTo(ConvNetLogLevel.Info));
        Assert.That(messages[0].Text, Does.Contain("3 threads"));
    }

    [Test]
    public void The_choice_of_an_engine_is_for_debugging()
    {
        Assert.That(Record(ConvNetLogLevel.Debug, PlanLayer).Select(message => message.Level), Has.Some.EqualTo(ConvNetLogLevel.Debug));
        Assert.That(Record(ConvNetLogLevel.Info, PlanLayer), Is.Empty);
    }

    [Test]
    public void The_minimum_level_holds() => Assert.That(Record(ConvNetLogLevel.Warning, OpenDevice), Is.Empty);

    [Test]
    public void After_it_was_removed_a_handler_gets_nothing()
    {
        int count = 0;
        ConvNetRuntime.SetLog((_, _) => count++);
        OpenDevice();
        ConvNetRuntime.SetLog(null);
        OpenDevice();
        Assert.That(count, Is.EqualTo(1));
    }

    [Test]
    public void What_a_handler_throws_is_dropped()
    {
        int count = 0;
        ConvNetRuntime.SetLog((_, _) =>
        {
            count++;
            throw new InvalidOperationException("not for native code");
        });
        Assert.That(OpenDevice, Throws.Nothing);
        Assert.That(OpenDevice, Throws.Nothing);
        Assert.That(count, Is.EqualTo(2));
    }

    [Test]
    public void A_handler_cannot_replace_itself_but_may_use_the_library()
    {
        Exception? refusal = null;
        LiveCounts? counts = null;
        ConvNetRuntime.SetLog((_, _) =>
        {
            counts = ConvNetRuntime.GetLiveCounts();
            try
            {
                ConvNetRuntime.SetLog(null);
            }
            catch (InvalidOperationException exception)
            {
                refusal = exception;
            }
        });
        OpenDevice();
        Assert.That(refusal, Is.Not.Null);
        Assert.That(counts, Is.Not.Null);
    }

    [Test]
    public void A_handler_is_kept_alive()
    {
        var messages = new ConcurrentQueue<string>();
        SetHandlerThatNobodyHolds(messages);
        Garbage.Collect();
        OpenDevice();
        Assert.That(messages, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_handler_that_was_replaced_is_let_go()
    {
        WeakReference handler = SetAndReplace();
        Garbage.Collect();
        Assert.That(handler.IsAlive, Is.False);
    }

    [Test]
    public void Handlers_are_replaced_while_messages_arrive()
    {
        int late = 0;
        Parallel.Invoke(
            () =>
            {
                for (int i = 0; i < 200; i++)
                {
                    bool isOver = false;
                    ConvNetRuntime.SetLog((_, _) => late += Volatile.Read(ref isOver) ? 1 : 0);
                    Thread.Yield();
                    ConvNetRuntime.SetLog(null);
                    Volatile.Write(ref isOver, true);
                }
            },
            () =>
            {
                for (int i = 0; i < 200; i++)
                {
                    OpenDevice();
                }
            });
        Assert.That(late, Is.Zero);
    }

    [Test]
    public void An_unknown_level_is_refused_and_the_handler_stays()
    {
        int count = 0;
        ConvNetRuntime.SetLog((_, _) => count++);
        Assert.That(() => ConvNetRuntime.SetLog((_, _) => { }, (ConvNetLogLevel)17),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("minimumLevel").Or.Property("ParamName").EqualTo("minimum"));
        OpenDevice();
        Assert.That(count, Is.EqualTo(1));
    }

    private static List<(ConvNetLogLevel Level, string Text)> Record(ConvNetLogLevel minimum, Action action)
    {
        List<(ConvNetLogLevel, string)> messages = [];
        ConvNetRuntime.SetLog((level, text) => messages.Add((level, text)), minimum);
        action();
        ConvNetRuntime.SetLog(null);
        return messages;
    }

    private static void OpenDevice() => Device.CreateCpu(new CpuDeviceOptions { Threads = 3 }).Dispose();

    private static void PlanLayer()
    {
        using var layer = new Convolution<float>(new ConvolutionOptions { NumOutput = 1, Kernel = 1 });
        layer.Reshape([1, 1, 4, 4]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SetHandlerThatNobodyHolds(ConcurrentQueue<string> messages) =>
        ConvNetRuntime.SetLog((_, text) => messages.Enqueue(text));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference SetAndReplace()
    {
        var kept = new object();
        Action<ConvNetLogLevel, string> handler = (_, _) => GC.KeepAlive(kept);
        ConvNetRuntime.SetLog(handler);
        ConvNetRuntime.SetLog((_, _) => { });
        return new WeakReference(handler);
    }
}
