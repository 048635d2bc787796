using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>What a CUDA device needs and that may be missing, in a process of its own.</summary>
public sealed class CudaAbsenceTests
{
    /// <summary>What a user reads where something is missing.</summary>
    [TestCase("no-driver", "no NVIDIA driver was found", "install the GPU's driver")]
    [TestCase("old-driver", "driver is too old", "install a driver")]
    [TestCase("no-device", "there is no CUDA device", "nvidia-smi")]
    [TestCase("other-version", "version", "install both from one release")]
    [TestCase("no-plugin", "could not be loaded", "CONVNET_CUDA_PLUGIN")]
    public void What_is_missing_is_said(string scenario, string problem, string remedy)
    {
        string plugin = scenario == "no-plugin" ? "/nowhere/libconvnet_cuda.so" : TestPaths.TestLibrary("convnet_cuda_emulated");
        string output = Child.Run("cuda", TestPaths.NativeFolder, environment: new()
        {
            ["CONVNET_CUDA_PLUGIN"] = plugin, ["CONVNET_EMULATED_CUDA"] = scenario,
        });
        TestContext.Out.Write(output);
        Assert.That(output, Does.StartWith(nameof(NotSupportedException)).And.Contain(problem).And.Contain(remedy));
    }
}
