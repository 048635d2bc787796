using System.Reflection;

namespace ConvNet.Bench;

internal static class RepositoryPaths
{
    public static string Root { get; } =
        typeof(RepositoryPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>Where results go.</summary>
    public static string Results { get; } = Path.Combine(Root, "artifacts", "bench");
}
