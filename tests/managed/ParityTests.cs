using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>
/// Every case of tests/parity/cases.txt on the public API, compared with the reference; and that the core, called from
/// C++, computes the same bits.
/// </summary>
[TestFixture]
public sealed class ParityTests
{
    private static readonly Dictionary<string, ulong> Digests = [];

    private ParityGolden _golden = null!;

    [OneTimeSetUp]
    public void Read_the_golden_file()
    {
        _golden = ParityGolden.Read();
        Assert.That(_golden.CasesHash, Is.EqualTo(Fnv1A.OfFile(ParityCase.File)),
            $"The golden file is of another list of cases. {ParityGolden.HowToMake}");
    }

    [TestCaseSource(typeof(ParityCase), nameof(ParityCase.All))]
    public void Library_agrees_with_the_reference(ParityCase @case)
    {
        IReadOnlyList<string> failures = @case.IsDouble ? Run<double>(@case) : Run<float>(@case);
        Assert.That(failures, Is.Empty);
    }

    [Test]
    public void Library_computes_the_bits_of_the_core()
    {
        Dictionary<string, string> native = ReadNativeDigests();
        foreach (ParityCase @case in ParityCase.All.Where(@case => !Digests.ContainsKey(@case.Name)))
        {
            Library_agrees_with_the_reference(@case);
        }

        Dictionary<string, string> managed =
            Digests.ToDictionary(digest => digest.Key, digest => Hexadecimal(digest.Value));
        File.WriteAllLines(Path.Combine(ParityGolden.Folder, "digests-managed.txt"),
            managed.OrderBy(digest => digest.Key, StringComparer.Ordinal).Select(digest => $"{digest.Key} {digest.Value}"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(managed, Has.Count.GreaterThanOrEqualTo(300));
            Assert.That(managed.Keys, Is.EquivalentTo(native.Keys));
            Assert.That(managed.Where(digest => native.GetValueOrDefault(digest.Key) != digest.Value), Is.Empty);
        }
    }

    private static string Hexadecimal(ulong value) => value.ToString("x16", CultureInfo.InvariantCulture);

    // The first two lines say what the digests are of: this list of cases, and the library that is loaded here.
    private static Dictionary<string, string> ReadNativeDigests()
    {
        string file = Path.Combine(ParityGolden.Folder, "digests-native.txt");
        Assert.That(file, Does.Exist, ParityGolden.HowToMake);
        Dictionary<string, string> digests =
            File.ReadLines(file).Select(line => line.Split(' ')).ToDictionary(words => words[0], words => words[1]);
        Assert.That(digests.Remove("cases", out string? cases), Is.True);
        Assert.That(digests.Remove("library", out string? library), Is.True);
        Assert.That(cases, Is.EqualTo(Hexadecimal(Fnv1A.OfFile(ParityCase.File))),
            $"The native tests ran another list of cases. {ParityGolden.HowToMake}");
        Assert.That(library, Is.EqualTo(Hexadecimal(Fnv1A.OfFile(LoadedLibrary()))),
            $"The native tests ran another build of the library. {ParityGolden.HowToMake}");
        return digests;
    }

    private static string LoadedLibrary()
    {
        _ = Device.Cpu.Threads; // loads it
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().Select(module => module.FileName)
            .Single(file => Path.GetFileName(file) is "libconvnet.so" or "convnet.dll" or "libconvnet.dylib");
    }

    private IReadOnlyList<string> Run<T>(ParityCase @case)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        Assert.That(_golden.Cases, Does.ContainKey(@case.Name), ParityGolden.HowToMake);
        var run = new ParityRun<T>(@case, _golden.Cases[@case.Name]);
        run.Run();
        Digests[@case.Name] = run.Digest;
        return run.Failures;
    }
}
