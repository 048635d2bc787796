using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using ConvNet.Interop;
using ConvNet.Loading;

namespace ConvNet;

/// <summary>What concerns the whole process: the native library, its log, and what is alive.</summary>
public static unsafe class ConvNetRuntime
{
    /// <summary>Which build of the native library is loaded. Loads it.</summary>
    /// <exception cref="ConvNetLoadException">It cannot be loaded.</exception>
    public static ConvNetVersion Version => NativeLoader.RequireLoaded();

    /// <summary>
    /// Describes the native library, the machine and the shared CPU device in several lines of text: what is wrong and
    /// how to mend it, or what is loaded from where. It never throws because of what it finds.
    /// </summary>
    /// <returns>The text.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever is wrong is part of the diagnosis.")]
    public static string Diagnose()
    {
        LoadReport report = NativeLoader.Report;
        var text = new StringBuilder(report.ToString());
        if (report.LoadedPath is null)
        {
            return text.ToString();
        }

        try
        {
            DeviceInfo device = Device.Cpu.GetInfo();
            LiveCounts alive = GetLiveCounts();
            text.Append(CultureInfo.InvariantCulture,
                $"\n  device: {Device.Cpu}, {device.InstructionSet}, workspace limit {device.WorkspaceLimitBytes} bytes, " +
                $"memory limit {(device.MemoryLimitBytes == 0 ? "none" : $"{device.MemoryLimitBytes} bytes")}, " +
                $"{device.MemoryBytes} bytes in use");
            text.Append(CultureInfo.InvariantCulture,
                $"\n  alive: {alive.Devices} devices, {alive.Blobs} blobs, {alive.Layers} layers, " +
                $"{alive.Handles} handles, {alive.Bytes} bytes");
        }
        catch (Exception exception)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  device: {exception.GetType().Name}: {exception.Message}");
        }

        return text.ToString();
    }

    /// <summary>Counts the native objects and bytes of the process that are alive.</summary>
    /// <returns>A snapshot.</returns>
    /// <exception cref="ConvNetLoadException">The native library cannot be loaded.</exception>
    public static LiveCounts GetLiveCounts()
    {
        cn_live_counts native = default;
        native.struct_size = (uint)Unsafe.SizeOf<cn_live_counts>();
        NativeStatus.ThrowIfFailed(NativeMethods.cn_live(&native));
        return new LiveCounts(native.devices, native.blobs, native.layers, native.handles, native.bytes);
    }

    /// <summary>
    /// Sets who receives log messages; nobody does at first. When the call returns, the previous handler is not running
    /// on any other thread and will not be called again.
    /// </summary>
    /// <param name="handler">Receives level and text on whichever thread they arise, or null for none. What it throws is
    /// dropped. It must not call this method.</param>
    /// <param name="minimum">The lowest level that is passed on.</param>
    /// <exception cref="ArgumentException">There is no such level.</exception>
    /// <exception cref="InvalidOperationException">It was called by a handler.</exception>
    /// <exception cref="ConvNetLoadException">The native library cannot be loaded.</exception>
    public static void SetLog(Action<ConvNetLogLevel, string>? handler, ConvNetLogLevel minimum = ConvNetLogLevel.Info) =>
        LogBridge.Set(handler, minimum);
}
