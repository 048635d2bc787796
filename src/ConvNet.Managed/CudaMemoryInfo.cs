namespace ConvNet;

/// <summary>Memory of a CUDA device.</summary>
/// <param name="UsedBytes">Bytes of blobs and workspace allocated now.</param>
/// <param name="ReservedBytes">Bytes taken from the driver: those in use, and those kept for later, which
/// <see cref="Device.Trim"/> gives back.</param>
/// <param name="FreeBytes">Bytes that the driver has left, for all processes.</param>
/// <param name="TotalBytes">Bytes of the whole device.</param>
public sealed record CudaMemoryInfo(long UsedBytes, long ReservedBytes, long FreeBytes, long TotalBytes);
