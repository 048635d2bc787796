namespace ConvNet;

/// <summary>Which build of the native library is loaded.</summary>
/// <param name="Version">Its semantic version, for example "0.1.0".</param>
/// <param name="AbiMajor">Major version of its binary interface.</param>
/// <param name="AbiMinor">Minor version of its binary interface.</param>
/// <param name="Compiler">Name and version of the compiler.</param>
public sealed record ConvNetVersion(string Version, int AbiMajor, int AbiMinor, string Compiler);
