namespace ConvNet.Loading;

/// <summary>One path that was tried.</summary>
/// <param name="Path">The path, or the bare name that the system looked for.</param>
/// <param name="Error">Why it was not taken, in the loader's own words; null for the one that was.</param>
internal sealed record LoadAttempt(string Path, string? Error);
