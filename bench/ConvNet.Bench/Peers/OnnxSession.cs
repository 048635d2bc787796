using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ConvNet.Bench;

/// <summary>ONNX Runtime with a model, computing from and to memory that stays the same: nothing is copied.</summary>
internal sealed unsafe class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly OrtIoBinding _binding;
    private readonly OrtValue _input;
    private readonly OrtValue _output;

    public OnnxSession(byte[] model, int threads, Shape inputShape, float* input, Shape outputShape, float* output)
    {
        using SessionOptions options = new()
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new InferenceSession(model, options);
        _input = Value(inputShape, input);
        _output = Value(outputShape, output);
        _binding = _session.CreateIoBinding();
        _binding.BindInput(OnnxModels.Input, _input);
        _binding.BindOutput(OnnxModels.Result, _output);
    }

    public void Run() => _session.RunWithBinding(_run, _binding);

    public void Dispose()
    {
        _binding.Dispose();
        _output.Dispose();
        _input.Dispose();
        _run.Dispose();
        _session.Dispose();
    }

    private static OrtValue Value(Shape shape, float* data) =>
        OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance,
            TensorElementType.Float, [.. shape], (nint)data, shape.Count * sizeof(float));
}
