using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ConvNet.Interop;

/// <summary>Turns what native calls answer into exceptions. The only place that does.</summary>
internal static unsafe class NativeStatus
{
    /// <summary>
    /// Throws unless a call succeeded. It must be the first thing after the call, on the same thread: the next call
    /// replaces the message.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [StackTraceHidden]
    public static void ThrowIfFailed(int status, ArgumentStyle style = ArgumentStyle.Plain)
    {
        if (status != (int)cn_status.CN_OK)
        {
            Throw(status, style);
        }
    }

    /// <summary>Static text of the native library.</summary>
    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? string.Empty;

    [DoesNotReturn]
    [StackTraceHidden]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw(int status, ArgumentStyle style)
    {
        string message = Text(NativeMethods.cn_last_error_message());
        string argument = Text(NativeMethods.cn_last_error_argument());
        throw Create((ConvNetStatus)status, message, ArgumentNames.ToManaged(argument, style));
    }

    [SuppressMessage("Usage", "CA2201", Justification = "Native memory that is exhausted is what OutOfMemoryException means.")]
    internal static Exception Create(ConvNetStatus status, string message, string? argument)
    {
        if (message.Length == 0)
        {
            message = $"The native library answered {status} without a message.";
        }

        return status switch
        {
            ConvNetStatus.InvalidArgument => new ArgumentException(message, argument),
            ConvNetStatus.OutOfMemory => new OutOfMemoryException(message),
            ConvNetStatus.Unsupported => new NotSupportedException(message),
            ConvNetStatus.InvalidState => new InvalidOperationException(message),
            _ => new ConvNetException(status, message, argument),
        };
    }
}
