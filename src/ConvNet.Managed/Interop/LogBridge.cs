using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ConvNet.Interop;

/// <summary>Carries native log messages to a managed handler.</summary>
internal static unsafe class LogBridge
{
    private static readonly Lock Gate = new();
    private static GCHandle s_handler;

    // The native library calls handlers outside its locks but waits for them when they are replaced; a handler that
    // replaces itself would wait for its own end.
    [ThreadStatic]
    private static bool s_isInHandler;

    public static void Set(Action<ConvNetLogLevel, string>? handler, ConvNetLogLevel minimum)
    {
        if (s_isInHandler)
        {
            throw new InvalidOperationException("A log handler must not set the log handler.");
        }

        lock (Gate)
        {
            GCHandle next = handler is null ? default : GCHandle.Alloc(handler);
            delegate* unmanaged[Cdecl]<int, byte*, void*, void> receiver = handler is null ? null : &Receive;
            int status = NativeMethods.cn_log_set_callback(
                receiver, handler is null ? null : (void*)GCHandle.ToIntPtr(next), (int)minimum);
            if (status != (int)cn_status.CN_OK)
            {
                Free(next);
                NativeStatus.ThrowIfFailed(status);
            }

            // Now the previous handler is not running on any thread and will not be called again.
            Free(s_handler);
            s_handler = next;
        }
    }

    private static void Free(GCHandle handle)
    {
        if (handle.IsAllocated)
        {
            handle.Free();
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    [SuppressMessage("Design", "CA1031", Justification = "No exception may cross into native code.")]
    private static void Receive(int level, byte* message, void* userData)
    {
        bool wasInHandler = s_isInHandler;
        s_isInHandler = true;
        try
        {
            if (GCHandle.FromIntPtr((nint)userData).Target is Action<ConvNetLogLevel, string> handler)
            {
                handler((ConvNetLogLevel)level, NativeStatus.Text(message));
            }
        }
        catch (Exception)
        {
            // A handler that fails must not take the computation with it, and there is nobody to tell.
        }
        finally
        {
            s_isInHandler = wasInHandler;
        }
    }
}
