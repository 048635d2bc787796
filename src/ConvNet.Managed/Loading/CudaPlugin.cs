using System.Runtime.InteropServices;

namespace ConvNet.Loading;

/// <summary>
/// The CUDA plug-in of the native library, which looks for it beside itself. A program that runs out of NuGet's cache has
/// each package in a folder of its own, which only the runtime knows; what the runtime has loaded is found by its name.
/// </summary>
internal static class CudaPlugin
{
    /// <summary>The environment variable that names the file; then no other is taken.</summary>
    private const string Variable = "CONVNET_CUDA_PLUGIN";

    /// <summary>Loads the plug-in where the runtime finds one. Where not, the native library says what is missing.</summary>
    public static void LoadIfFound()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
        {
            NativeLibrary.TryLoad("convnet_cuda", typeof(CudaPlugin).Assembly, searchPath: null, out _);
        }
    }
}
