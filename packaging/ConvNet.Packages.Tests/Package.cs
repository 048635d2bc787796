using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;

namespace ConvNet.Packages.Tests;

/// <summary>A package that was made, opened for reading.</summary>
internal sealed class Package : IDisposable
{
    private readonly ZipArchive _zip;
    private readonly XElement _metadata;

    public Package(string id, string extension = "nupkg")
    {
        Path = System.IO.Path.Combine(Folder, $"{id}.{Version}.{extension}");
        _zip = ZipFile.OpenRead(Path);
        using var nuspec = new MemoryStream(Read($"{id}.nuspec"));
        _metadata = XDocument.Load(nuspec).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    public static string RepositoryRoot { get; } = Metadata("RepositoryRoot");

    public static string Version { get; } = Metadata("Version");

    public static string Folder { get; } = System.IO.Path.Combine(RepositoryRoot, "artifacts", "packages");

    /// <summary>What was made of that which is not always made.</summary>
    public static IReadOnlyList<string> Optional { get; } =
        (Environment.GetEnvironmentVariable("CONVNET_OPTIONAL_PACKAGES") ?? string.Empty)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public string Path { get; }

    public IReadOnlyList<ZipArchiveEntry> Entries => _zip.Entries;

    public IEnumerable<string> Files => _zip.Entries.Select(entry => entry.FullName);

    /// <summary>What each dependency asks for, by the name of the package.</summary>
    public IReadOnlyDictionary<string, string> Dependencies =>
        _metadata.Descendants().Where(element => element.Name.LocalName == "dependency")
            .ToDictionary(element => element.Attribute("id")!.Value, element => element.Attribute("version")!.Value);

    public byte[] Read(string file)
    {
        using Stream stream = _zip.GetEntry(file)?.Open() ?? throw new FileNotFoundException($"{Path} has no {file}");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    public XElement? Field(string name) => _metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name);

    public void Dispose() => _zip.Dispose();

    private static string Metadata(string key) =>
        typeof(Package).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == key).Value!;
}
