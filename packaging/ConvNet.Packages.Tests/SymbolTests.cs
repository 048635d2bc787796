using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using NUnit.Framework;

namespace ConvNet.Packages.Tests;

/// <summary>Assemblies come with documentation, and with symbols that fit and lead to the sources.</summary>
[TestFixtureSource(nameof(Libraries))]
public sealed class SymbolTests(string id)
{
    /// <summary>The packages with an assembly.</summary>
    public static readonly IReadOnlyList<string> Libraries =
        ["ConvNet", "ConvNet.Caffe", .. Package.Optional.Where(id => !id.Contains(".Native.", StringComparison.Ordinal))];

    // The kind of debug information that tells a debugger where sources are.
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    [Test]
    public void Documentation_comes_along()
    {
        using var package = new Package(id);
        string text = Encoding.UTF8.GetString(package.Read($"lib/net10.0/{id}.xml"));
        Assert.That(text, Does.Contain($"<name>{id}</name>").And.Contain("<summary>"));
    }

    [Test]
    public void Symbols_fit_the_assembly()
    {
        using var package = new Package(id);
        using var symbols = new Package(id, "snupkg");
        using var assembly = new PEReader(new MemoryStream(package.Read($"lib/net10.0/{id}.dll")));
        using MetadataReaderProvider pdb = Open(symbols);
        DebugDirectoryEntry codeView =
            assembly.ReadDebugDirectory().Single(entry => entry.Type == DebugDirectoryEntryType.CodeView);
        Assert.That(new Guid(pdb.GetMetadataReader().DebugMetadataHeader!.Id[..16].AsSpan()),
            Is.EqualTo(assembly.ReadCodeViewDebugDirectoryData(codeView).Guid));
    }

    [Test]
    public void Sources_have_neutral_paths()
    {
        using var symbols = new Package(id, "snupkg");
        using MetadataReaderProvider pdb = Open(symbols);
        MetadataReader reader = pdb.GetMetadataReader();
        IEnumerable<string> paths = reader.Documents.Select(handle => reader.GetString(reader.GetDocument(handle).Name));
        Assert.That(paths, Is.Not.Empty.And.All.StartsWith("/_/"));
    }

    [Test]
    public void Sources_are_found_where_the_repository_is_published()
    {
        using var package = new Package(id);
        using var symbols = new Package(id, "snupkg");
        using MetadataReaderProvider pdb = Open(symbols);
        MetadataReader reader = pdb.GetMetadataReader();
        string? link = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Where(item => reader.GetGuid(item.Kind) == SourceLink)
            .Select(item => Encoding.UTF8.GetString(reader.GetBlobBytes(item.Value))).SingleOrDefault();
        string? url = package.Field("repository")?.Attribute("url")?.Value;
        if (url is null)
        {
            Assert.That(link, Is.Null, "packed from a repository that has no address on the net");
        }
        else
        {
            Assert.That(link, Does.Contain(package.Field("repository")!.Attribute("commit")!.Value));
        }
    }

    private static MetadataReaderProvider Open(Package symbols) =>
        MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(
            symbols.Read(symbols.Files.Single(file => file.EndsWith(".pdb", StringComparison.Ordinal)))));
}
