using System.Runtime.InteropServices;

namespace ConvNet.Bench;

/// <summary>As problem.hpp declares it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct Tensors(float* bottom, float* weights, float* bias, float* top)
{
    public readonly float* Bottom = bottom;
    public readonly float* Weights = weights;
    public readonly float* Bias = bias;
    public readonly float* Top = top;
}
