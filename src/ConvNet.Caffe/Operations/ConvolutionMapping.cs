using ConvNet.Caffe.Proto;
using Google.Protobuf.Collections;

namespace ConvNet.Caffe.Operations;

/// <summary>Translates <c>convolution_param</c> for the core, which checks the values.</summary>
internal static class ConvolutionMapping
{
    /// <summary>The options of a Convolution or Deconvolution.</summary>
    public static ConvolutionOptions ToOptions(OperationContext context)
    {
        var p = Parameter(context);
        return Geometry(p) with
        {
            NumOutput = p.NumOutput,
            BiasTerm = p.BiasTerm,
            Group = p.Group,
            Engine = p.Engine switch
            {
                ConvolutionParameter.Types.Engine.Caffe => Engine.Gemm,
                ConvolutionParameter.Types.Engine.Cudnn => Engine.Cudnn,
                _ => Engine.Auto,
            },
            WeightFiller = context.Fillers.Create(context.Definition, p.WeightFiller),
            BiasFiller = context.Fillers.Create(context.Definition, p.BiasFiller),
        };
    }

    /// <summary>The options of an Im2col, which has no parameters and no groups.</summary>
    public static ConvolutionOptions ToGeometry(OperationContext context) => Geometry(Parameter(context));

    private static ConvolutionParameter Parameter(OperationContext context) => context.Parameter.ConvolutionParam
        ?? throw context.Definition.Error("convolution_param is missing; it gives at least kernel_size");

    private static ConvolutionOptions Geometry(ConvolutionParameter p) => new()
    {
        Kernel = PerAxis(p.KernelSize),
        Stride = PerAxis(p.Stride),
        Pad = PerAxis(p.Pad),
        Dilation = PerAxis(p.Dilation),
        KernelH = p.HasKernelH ? p.KernelH : null,
        KernelW = p.HasKernelW ? p.KernelW : null,
        StrideH = p.HasStrideH ? p.StrideH : null,
        StrideW = p.HasStrideW ? p.StrideW : null,
        PadH = p.HasPadH ? p.PadH : null,
        PadW = p.HasPadW ? p.PadW : null,
        Axis = p.Axis,
        ForceNdIm2col = p.ForceNdIm2Col,
    };

    private static PerAxis PerAxis(RepeatedField<uint> values) => new([.. values.Select(value => (long)value)]);
}
