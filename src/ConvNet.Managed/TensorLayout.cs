namespace ConvNet;

/// <summary>
/// The order of the axes of a layer's bottoms, tops and their gradients, as their shapes say it. Parameters have the same
/// shape in both, so that weights go from one to the other as they are.
/// </summary>
public enum TensorLayout
{
    /// <summary>[batch..., channels, spatial...]: NCHW with two spatial axes.</summary>
    ChannelsFirst = 0,

    /// <summary>
    /// [batch..., spatial..., channels]: NHWC with two spatial axes. What tensor cores want, in
    /// <see cref="Half"/> and <see cref="BFloat16"/> above all. On the CPU only engine <see cref="Engine.Gemm"/> has it,
    /// and is slower with it.
    /// </summary>
    ChannelsLast = 1,
}
