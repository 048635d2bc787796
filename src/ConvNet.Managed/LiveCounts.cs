namespace ConvNet;

/// <summary>Native objects and bytes of the whole process that are alive.</summary>
/// <param name="Devices">Devices not yet freed, those that only layers and blobs hold included.</param>
/// <param name="Blobs">Blobs not yet freed, parameters of layers included.</param>
/// <param name="Layers">Layers not yet freed.</param>
/// <param name="Handles">Handles not yet destroyed.</param>
/// <param name="Bytes">Bytes of device memory: blobs and workspaces.</param>
public readonly record struct LiveCounts(long Devices, long Blobs, long Layers, long Handles, long Bytes);
