using NUnit.Framework;

namespace ConvNet.Tests;

public sealed class DiagnoseTests
{
    [Test]
    public void All_well_is_told_with_paths_versions_and_device()
    {
        string text = ConvNetRuntime.Diagnose();
        TestContext.Out.WriteLine(text);
        ConvNetVersion version = ConvNetRuntime.Version;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.StartWith("ConvNet: the native library is loaded."));
            foreach (string part in (string[])
            [
                "libconvnet.so", $"libconvnet {version.Version}", version.Compiler, $"ABI {version.AbiMajor}.{version.AbiMinor}",
                "linux-", "glibc 2.", ".NET ", $"{Device.Cpu.Threads} threads", Device.Cpu.GetInfo().InstructionSet, "workspace limit", "handles",
            ])
            {
                Assert.That(text, Does.Contain(part));
            }

            Assert.That(text, Does.Not.Contain("to mend it"));
        }
    }

    [Test]
    public void What_is_wrong_is_told_without_an_exception()
    {
        string text = Child.Run("diagnose", "/nowhere/at/all");
        Assert.That(text, Does.StartWith("ConvNet: the native library could not be loaded.")
            .And.Contain("/nowhere/at/all").And.Contain("to mend it: unset CONVNET_NATIVE_PATH"));
    }

    [Test]
    public void The_version_is_that_of_the_library()
    {
        ConvNetVersion version = ConvNetRuntime.Version;
        string expected = File.ReadAllText(Path.Combine(TestPaths.RepositoryRoot, "version.txt")).Trim();
        Assert.That(version.Version, Is.EqualTo(expected));
        Assert.That(version.AbiMajor, Is.EqualTo(Interop.Constants.CN_ABI_VERSION_MAJOR));
        Assert.That(version.Compiler, Is.Not.Empty);
    }
}
