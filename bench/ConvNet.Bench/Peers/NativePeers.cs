using System.Runtime.InteropServices;

namespace ConvNet.Bench;

/// <summary>The benchmark's own native library: peers without a C# API, and what the machine can do at most.</summary>
internal static unsafe partial class NativePeers
{
    private const string Library = "convnet_bench";

    private static readonly nint Handle = NativeLibrary.Load(Library, typeof(NativePeers).Assembly, null);

    public static bool HasOneDnn { get; } = Has("convnet_bench_onednn_create");

    public static bool HasOpenBlas { get; } = Has("convnet_bench_sgemm");

    [LibraryImport(Library, EntryPoint = "convnet_bench_multiply_add_peak")]
    public static partial double MultiplyAddPeak(long threads);

    [LibraryImport(Library, EntryPoint = "convnet_bench_copy")]
    public static partial void Copy(long threads, void* from, void* to, long bytes);

    [LibraryImport(Library, EntryPoint = "convnet_bench_sgemm")]
    public static partial void Sgemm(long threads, long m, long n, long k, float* a, float* b, float* c);

    [LibraryImport(Library, EntryPoint = "convnet_bench_caffe_create")]
    public static partial nint CaffeCreate(in Problem problem, Pass pass, in Tensors tensors);

    [LibraryImport(Library, EntryPoint = "convnet_bench_caffe_run")]
    public static partial void CaffeRun(nint peer);

    [LibraryImport(Library, EntryPoint = "convnet_bench_caffe_destroy")]
    public static partial void CaffeDestroy(nint peer);

    [LibraryImport(Library, EntryPoint = "convnet_bench_onednn_create")]
    public static partial nint OneDnnCreate(in Problem problem, Pass pass, int automatic, in Tensors tensors);

    [LibraryImport(Library, EntryPoint = "convnet_bench_onednn_run")]
    public static partial void OneDnnRun(nint peer, int withReorders);

    [LibraryImport(Library, EntryPoint = "convnet_bench_onednn_implementation")]
    public static partial nint OneDnnImplementation(nint peer);

    [LibraryImport(Library, EntryPoint = "convnet_bench_onednn_destroy")]
    public static partial void OneDnnDestroy(nint peer);

    private static bool Has(string function) => NativeLibrary.TryGetExport(Handle, function, out _);
}
