using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>
/// Every case of tests/parity/cases.txt on the public API, once an engine, compared with the reference; and that the
/// core, called from C++, computes the same bits.
/// </summary>
[TestFixture]
public sealed class ParityTests
{
    private static readonly Dictionary<string, ulong> Digests = [];

    private ParityGolden _golden = null!;

    private static IEnumerable<object[]> Runs =>
        ParityCase.All.SelectMany(@case => @case.Engines, (@case, engine) => new object[] { @case, engine });

    [OneTimeSetUp]
    public void Read_the_golden_file()
    {
        _golden = ParityGolden.Read();
        Assert.That(_golden.CasesHash, Is.EqualTo(Fnv1A.OfFile(ParityCase.File)),
            $"The golden file is of another list of cases. {ParityGolden.HowToMake}");
    }

    [TestCaseSource(nameof(Runs))]
    public void Library_agrees_with_the_reference(ParityCase @case, Engine engine)
    {
        IReadOnlyList<string> failures = @case.IsDouble ? Run<double>(@case, engine) : Run<float>(@case, engine);
        Assert.That(failures, Is.Empty);
    }

    [Test]
    public void Library_computes_the_bits_of_the_core()
    {
        Dictionary<string, string> native = ReadNativeDigests();
        foreach (object[] run in Runs.Where(run => !Digests.ContainsKey(NameOf((ParityCase)run[0], (Engine)run[1]))))
        {
            Library_agrees_with_the_reference((ParityCase)run[0], (Engine)run[1]);
        }

        Dictionary<string, string> managed =
            Digests.ToDictionary(digest => digest.Key, digest => Hexadecimal(digest.Value));
        File.WriteAllLines(Path.Combine(ParityGolden.Folder, "digests-managed.txt"),
            managed.OrderBy(digest => digest.Key, StringComparer.Ordinal).Select(digest => $"{digest.Key} {digest.Value}"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(managed, Has.Count.GreaterThanOrEqualTo(600));
            Assert.That(managed.Keys, Is.EquivalentTo(native.Keys));
            Assert.That(managed.Where(digest => native.GetValueOrDefault(digest.Key) != digest.Value), Is.Empty);
        }
    }

    // As the native tests write it.
    private static string NameOf(ParityCase @case, Engine engine) =>
        $"{@case.Name}/{engine.ToString().ToLowerInvariant()}";

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

    private IReadOnlyList<string> Run<T>(ParityCase @case, Engine engine)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        Assert.That(_golden.Cases, Does.ContainKey(@case.Name), ParityGolden.HowToMake);
        var run = new ParityRun<T>(@case, engine, _golden.Cases[@case.Name]);
        run.Run();
        Digests[NameOf(@case, engine)] = run.Digest;
        return run.Failures;
    }
}
