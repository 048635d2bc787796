using ConvNet.Interop;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>How what the native library answers becomes an exception.</summary>
public sealed class StatusTests
{
    private static readonly Type[] Expected =
    [
        typeof(ArgumentException), typeof(OutOfMemoryException), typeof(NotSupportedException),
        typeof(InvalidOperationException), typeof(ConvNetException), typeof(ConvNetException),
    ];

    [Test]
    public void Every_status_has_its_exception()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Enum.GetValues<ConvNetStatus>().Select(status => (int)status),
                Is.EqualTo(Enum.GetValues<cn_status>().Select(status => (int)status)));
            for (int i = 0; i < Expected.Length; i++)
            {
                Exception exception = NativeStatus.Create((ConvNetStatus)(i + 1), "what happened", "StrideH");
                Assert.That(exception, Is.TypeOf(Expected[i]));
                Assert.That(exception.Message, Does.StartWith("what happened"));
            }
        }
    }

    [Test]
    public void A_fault_carries_status_and_argument()
    {
        var exception = (ConvNetException)NativeStatus.Create(ConvNetStatus.DeviceError, "what happened", "top");
        Assert.That((exception.Status, exception.Argument), Is.EqualTo((ConvNetStatus.DeviceError, "top")));
    }

    [TestCase(42)]
    [TestCase(6)]
    public void A_status_without_a_message_is_still_told(int status) =>
        Assert.That(NativeStatus.Create((ConvNetStatus)status, "", null).Message, Does.Contain("without a message"));

    [Test]
    public void Success_throws_nothing() => Assert.That(() => NativeStatus.ThrowIfFailed(0), Throws.Nothing);

    [TestCase("", 0, null)]
    [TestCase("blob", 0, "blob")]
    [TestCase("num_axes", 0, "numAxes")]
    [TestCase("num_axes", 1, "NumAxes")]
    [TestCase("stride_h", 1, "StrideH")]
    [TestCase("num_output", 1, "NumOutput")]
    [TestCase("variance_norm", 1, "Norm")]
    [TestCase("workspace_limit_bytes", 1, "WorkspaceLimitBytes")]
    [TestCase("device", 1, "device")]
    [TestCase("shape", 2, "bottom")]
    [TestCase("kernel", 2, "Kernel")]
    [TestCase("bottoms[0]", 3, "bottom")]
    [TestCase("top_diffs[0]", 3, "top")]
    [TestCase("bottom_diffs[0]", 3, "bottom")]
    [TestCase("bottoms[1]", 4, "bottoms[1]")]
    [TestCase("top_diffs[2]", 4, "tops[2]")]
    [TestCase("bottoms[0]", 5, "bottom")]
    [TestCase("top_diffs[0]", 5, "topDiff")]
    [TestCase("bottom_diffs[0]", 5, "bottomDiff")]
    public void Native_names_become_managed_ones(string native, int style, string? managed) =>
        Assert.That(ArgumentNames.ToManaged(native, (ArgumentStyle)style), Is.EqualTo(managed));

    [Test]
    public void The_last_error_belongs_to_the_failed_call()
    {
        // A failure and a different one in between on another thread: each reports its own.
        using var first = new Convolution<float>(new() { NumOutput = 2, Kernel = 5 });
        Parallel.For(0, 50, i =>
        {
            long wrong = -1 - i;
            Assert.That(() => new Convolution<float>(new() { NumOutput = wrong, Kernel = 1 }),
                Throws.ArgumentException.With.Message.Contains($"{wrong};"));
        });
    }
}
