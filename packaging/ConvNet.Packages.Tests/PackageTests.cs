using System.Reflection.PortableExecutable;
using System.Text;
using NUnit.Framework;

namespace ConvNet.Packages.Tests;

/// <summary>What every package has to have.</summary>
public sealed class PackageTests
{
    private const string Cuda = "ConvNet.Native.Cuda12.linux-x64";

    private static readonly string[] Natives =
        ["ConvNet.Native.linux-arm64", "ConvNet.Native.linux-x64", "ConvNet.Native.win-x64"];

    private static readonly string[] All =
        ["ConvNet", "ConvNet.Caffe", "ConvNet.Native", .. Natives, .. Package.Optional];

    [Test]
    public void All_packages_are_there_in_one_version_and_no_others()
    {
        IEnumerable<string> expected =
        [
            .. All.Select(id => $"{id}.{Package.Version}.nupkg"),
            .. SymbolTests.Libraries.Select(id => $"{id}.{Package.Version}.snupkg"),
        ];
        Assert.That(Directory.EnumerateFiles(Package.Folder).Select(Path.GetFileName), Is.EquivalentTo(expected));
    }

    [TestCaseSource(nameof(All))]
    public void Each_says_what_it_is(string id)
    {
        using var package = new Package(id);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(package.Files, Is.SupersetOf(["README.md", "LICENSE", "THIRD-PARTY-NOTICES.md", "icon.png"]));
            Assert.That(package.Field("readme")?.Value, Is.EqualTo("README.md"));
            Assert.That(package.Field("icon")?.Value, Is.EqualTo("icon.png"));
            Assert.That(package.Field("license")?.Value, Is.EqualTo(id == Cuda ? "LICENSE.md" : "MIT"));
            Assert.That(package.Field("version")?.Value, Is.EqualTo(Package.Version));
            Assert.That(package.Field("description")?.Value, Does.Contain("ConvNet").Or.Contain("onvolution"));
            Assert.That(package.Field("repository")?.Attribute("commit")?.Value, Does.Match("^[0-9a-f]{40}$"));
        }
    }

    [TestCaseSource(nameof(All))]
    public void Nothing_in_it_tells_where_and_when_it_was_made(string id)
    {
        using var package = new Package(id);
        byte[] folder = Encoding.UTF8.GetBytes(Package.RepositoryRoot);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(package.Entries.Select(entry => entry.LastWriteTime).Distinct().Count(), Is.EqualTo(1), "times");
            foreach (string file in package.Files)
            {
                Assert.That(package.Read(file).AsSpan().IndexOf(folder), Is.Negative, file);
            }
        }
    }

    [Test]
    public void A_library_of_Windows_has_no_time()
    {
        using var package = new Package("ConvNet.Native.win-x64");
        using MemoryStream library = new(package.Read("runtimes/win-x64/native/libconvnet.dll"));
        using PEReader reader = new(library);
        Assert.That(reader.PEHeaders.CoffHeader.TimeDateStamp, Is.Zero);
    }

    [Test]
    public void Native_debug_symbols_name_no_folder_of_this_machine()
    {
        byte[] folder = Encoding.UTF8.GetBytes(Package.RepositoryRoot);
        string symbols = Path.Combine(Package.Folder, "symbols");
        string[] files = Directory.GetFiles(symbols, "*.debug", SearchOption.AllDirectories);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(files, Has.Length.GreaterThanOrEqualTo(Natives.Length));
            foreach (string file in files)
            {
                Assert.That(File.ReadAllBytes(file).AsSpan().IndexOf(folder), Is.Negative, file);
            }
        }
    }

    [TestCase("ConvNet.Native.linux-x64", "linux-x64", "libconvnet.so")]
    [TestCase("ConvNet.Native.linux-arm64", "linux-arm64", "libconvnet.so")]
    [TestCase("ConvNet.Native.win-x64", "win-x64", "libconvnet.dll")]
    [TestCase(Cuda, "linux-x64", "libconvnet_cuda.so")]
    public void A_native_package_has_the_library_of_its_platform_alone(string id, string platform, string file)
    {
        Assume.That(All, Does.Contain(id), "was left out");
        using var package = new Package(id);
        string[] dependencies = id == Cuda ? ["ConvNet.Native.linux-x64"] : [];
        string path = $"runtimes/{platform}/native/{file}";
        byte[] library = package.Read(path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(package.Files.Where(name => name.StartsWith("runtimes/", StringComparison.Ordinal)), Is.EqualTo([path]));
            Assert.That(package.Files.Where(name => name.StartsWith("lib/", StringComparison.Ordinal)), Is.EqualTo(["lib/net10.0/_._"]));
            Assert.That(package.Dependencies.Keys, Is.EqualTo(dependencies));
            Assert.That(PlatformOf(library), Is.EqualTo(platform));
            Assert.That(library.AsSpan().IndexOf(".debug_info"u8), Is.Negative, "debug symbols are apart");
            Assert.That(library.AsSpan().IndexOf(".gnu_debuglink"u8), Is.Positive, "a debugger finds them");
            Assert.That(Path.Combine(Package.Folder, "symbols", platform, $"{file}.debug"), Does.Exist);
        }
    }

    [Test]
    public void One_package_is_enough()
    {
        using var convnet = new Package("ConvNet");
        using var caffe = new Package("ConvNet.Caffe");
        using var native = new Package("ConvNet.Native");
        string exactly = $"[{Package.Version}]";
        using (Assert.EnterMultipleScope())
        {
            Assert.That(caffe.Dependencies["ConvNet"], Is.EqualTo(exactly));
            Assert.That(convnet.Dependencies["ConvNet.Native"], Is.EqualTo(exactly));
            Assert.That(convnet.Dependencies.Keys, Has.None.StartsWith("ConvNet.Native."));
            Assert.That(native.Dependencies, Is.EquivalentTo(Natives.ToDictionary(id => id, _ => exactly)));
        }
    }

    [Test]
    public void Optional_packages_ask_for_this_version_and_tell_their_licence()
    {
        Assume.That(Package.Optional, Is.Not.Empty, "were left out");
        using (Assert.EnterMultipleScope())
        {
            foreach (string id in Package.Optional)
            {
                using var package = new Package(id);
                string readme = Encoding.UTF8.GetString(package.Read("README.md"));
                (string dependency, string licensor) =
                    id == Cuda ? ("ConvNet.Native.linux-x64", "NVIDIA") : ("ConvNet", "General Public License");
                Assert.That(package.Dependencies[dependency], Is.EqualTo($"[{Package.Version}]"));
                Assert.That(readme, Does.Contain("## Licence").And.Contain(licensor));
            }
        }
    }

    [Test]
    public void They_are_small()
    {
        long bytes = new[] { "ConvNet", "ConvNet.Native.linux-x64" }.Sum(id =>
        {
            using var package = new Package(id);
            return new FileInfo(package.Path).Length;
        });
        TestContext.Out.WriteLine($"ConvNet and ConvNet.Native.linux-x64: {bytes} bytes");
        Assert.That(bytes, Is.LessThanOrEqualTo(6_000_000));
    }

    // By the numbers of the processor in the headers of ELF and PE files.
    private static string PlatformOf(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("\u007fELF"u8))
        {
            return file[18] switch { 62 => "linux-x64", 183 => "linux-arm64", byte other => $"ELF {other}" };
        }

        int header = BitConverter.ToInt32(file[0x3c..]);
        return BitConverter.ToUInt16(file[(header + 4)..]) == 0x8664 ? "win-x64" : "unknown";
    }
}
