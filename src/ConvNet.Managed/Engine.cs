namespace ConvNet;

/// <summary>Who computes a convolution. A named engine that cannot is an error, never a silent fallback.</summary>
public enum Engine
{
    /// <summary>The best engine that can.</summary>
    Auto = 0,

    /// <summary>Columns (im2col) and matrix products, on any device.</summary>
    Gemm = 1,

    /// <summary>NVIDIA cuDNN, on a CUDA device.</summary>
    Cudnn = 2,

    /// <summary>Kernels that gather nothing: register tiles on the CPU, depthwise layers on a CUDA device.</summary>
    Direct = 3,
}
