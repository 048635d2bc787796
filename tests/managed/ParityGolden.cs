using System.Runtime.InteropServices;
using System.Text;

namespace ConvNet.Tests;

/// <summary>One output or gradient of the reference. An element may differ from its value by a multiple of the magnitude,
/// the sum of the absolute values of its products, of which there are at most <paramref name="Terms"/>.</summary>
internal sealed record GoldenTensor(double[] Value, double[] Magnitude, ulong Terms)
{
    // As the C++ test has it.
    private const double ErrorBound = 1;

    /// <summary>How far an element of a type may be off.</summary>
    public double Tolerance(long i, bool isDouble) =>
        ErrorBound * Math.ScaleB(1, isDouble ? -52 : -23) * Math.Sqrt(Terms) * Magnitude[i];
}

/// <summary>The golden file, which the native tests write before they run.</summary>
internal sealed class ParityGolden
{
    public const string HowToMake = "Run ./build.sh test, which runs the native tests first.";

    private ParityGolden(ulong casesHash, Dictionary<string, GoldenTensor[]> cases)
    {
        CasesHash = casesHash;
        Cases = cases;
    }

    public static string Folder { get; } = Path.Combine(TestPaths.RepositoryRoot, "artifacts", "parity");

    public ulong CasesHash { get; }

    public IReadOnlyDictionary<string, GoldenTensor[]> Cases { get; }

    public static ParityGolden Read()
    {
        string file = Path.Combine(Folder, "golden.bin");
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"{file} is missing. {HowToMake}");
        }

        using var reader = new BinaryReader(File.OpenRead(file));
        if (Encoding.ASCII.GetString(reader.ReadBytes(8)) != "CNGOLD01")
        {
            throw new InvalidDataException($"{file} is not a golden file. {HowToMake}");
        }

        ulong hash = reader.ReadUInt64();
        var cases = new Dictionary<string, GoldenTensor[]>();
        for (ulong count = reader.ReadUInt64(); count > 0; count--)
        {
            string name = Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));
            var tensors = new GoldenTensor[reader.ReadUInt64()];
            for (int i = 0; i < tensors.Length; i++)
            {
                long elements = (long)reader.ReadUInt64();
                ulong terms = reader.ReadUInt64();
                tensors[i] = new GoldenTensor(ReadDoubles(reader, elements), ReadDoubles(reader, elements), terms);
            }

            cases.Add(name, tensors);
        }

        return new ParityGolden(hash, cases);
    }

    private static double[] ReadDoubles(BinaryReader reader, long count)
    {
        var values = new double[count];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
