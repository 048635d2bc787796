using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ConvNet.Interop;

/// <summary>Makes native layers of managed options.</summary>
internal static unsafe class NativeConvolution
{
    public static LayerHandle CreateConvolution<T>(Device device, ConvolutionOptions options)
        where T : unmanaged =>
        Create<T>(device, options, &NativeMethods.cn_layer_create_convolution);

    public static LayerHandle CreateDeconvolution<T>(Device device, ConvolutionOptions options)
        where T : unmanaged =>
        Create<T>(device, options, &NativeMethods.cn_layer_create_deconvolution);

    public static LayerHandle CreateIm2col<T>(Device device, ConvolutionOptions options)
        where T : unmanaged =>
        Create<T>(device, options, &NativeMethods.cn_layer_create_im2col);

    /// <summary>
    /// Checks what the native struct cannot express, where 0 stands for "not given", once the input is known: a padding
    /// of 0 by its H and W forms is for two spatial axes as any other.
    /// </summary>
    public static void CheckSpatialAxes(ConvolutionOptions options, Shape bottom)
    {
        int axis = options.Axis < 0 ? options.Axis + bottom.Rank : options.Axis;
        int spatialAxes = bottom.Rank - axis - 1;
        if ((options.PadH ?? options.PadW) is not null && axis >= 0 && spatialAxes >= 0 && spatialAxes != 2)
        {
            throw new ArgumentException(
                $"pad_h and pad_w are for two spatial axes, but the input has {spatialAxes}; use pad.",
                options.PadH is null ? nameof(options.PadW) : nameof(options.PadH));
        }
    }

    private static LayerHandle Create<T>(Device device, ConvolutionOptions options,
        delegate*<out LayerHandle, DeviceHandle, int, cn_convolution_options*, int> create)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(options);
        CheckGiven(options);
        fixed (long* kernel = options.Kernel.Values, stride = options.Stride.Values)
        fixed (long* pad = options.Pad.Values, dilation = options.Dilation.Values)
        {
            cn_convolution_options native = new()
            {
                struct_size = (uint)Unsafe.SizeOf<cn_convolution_options>(),
                bias_term = options.BiasTerm ? 1 : 0,
                num_output = options.NumOutput,
                group = options.Group,
                kernel = kernel,
                stride = stride,
                pad = pad,
                dilation = dilation,
                kernel_count = (uint)options.Kernel.Count,
                stride_count = (uint)options.Stride.Count,
                pad_count = (uint)options.Pad.Count,
                dilation_count = (uint)options.Dilation.Count,
                kernel_h = options.KernelH ?? 0,
                kernel_w = options.KernelW ?? 0,
                stride_h = options.StrideH ?? 0,
                stride_w = options.StrideW ?? 0,
                pad_h = options.PadH ?? 0,
                pad_w = options.PadW ?? 0,
                axis = options.Axis,
                force_nd_im2col = options.ForceNdIm2col ? 1 : 0,
                engine = (int)options.Engine,
                accuracy = (int)options.Accuracy,
                activation = (int)options.Activation,
                negative_slope = options.NegativeSlope,
                layout = (int)options.Layout,
            };
            int status = create(out LayerHandle layer, device.Handle, ElementType.Of<T>(), &native);
            NativeStatus.ThrowIfFailed(status, ArgumentStyle.Options);
            return layer;
        }
    }

    // In the native struct 0 means "not given"; here null does, so a 0 that was given must not slip through.
    [SuppressMessage("Usage", "CA2208", Justification = "The wrong value is a property of the options.")]
    private static void CheckGiven(ConvolutionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options.Kernel, nameof(options.Kernel));
        ArgumentNullException.ThrowIfNull(options.Stride, nameof(options.Stride));
        ArgumentNullException.ThrowIfNull(options.Pad, nameof(options.Pad));
        ArgumentNullException.ThrowIfNull(options.Dilation, nameof(options.Dilation));
        CheckPositive(options.KernelH, "kernel_h", nameof(options.KernelH));
        CheckPositive(options.KernelW, "kernel_w", nameof(options.KernelW));
        CheckPositive(options.StrideH, "stride_h", nameof(options.StrideH));
        CheckPositive(options.StrideW, "stride_w", nameof(options.StrideW));
        if (options.Pad.Count > 0 && (options.PadH ?? options.PadW) is not null)
        {
            throw new ArgumentException(
                $"pad {options.Pad} is given together with pad_h {options.PadH ?? 0} and pad_w {options.PadW ?? 0}; " +
                "give one of the two forms.", nameof(options.Pad));
        }
    }

    private static void CheckPositive(long? value, string field, string property)
    {
        if (value is < 1)
        {
            throw new ArgumentException(
                $"{field} is {value}; it must be from 1 to {int.MaxValue}, or null when it is not given.", property);
        }
    }
}
