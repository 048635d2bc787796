using ConvNet;
using ConvNet.Bench;

const double LargestDifference = 1e-4;
const int Rounds = 9;
const int QuickRounds = 3;

if (args is not ([] or ["--quick"]))
{
    Console.Error.WriteLine("usage: bench [--quick]");
    return 2;
}

int rounds = args.Length == 0 ? Rounds : QuickRounds;
List<LayerResult> results = [];
foreach (BenchLayer layer in BenchLayer.All)
{
    Console.Write($"[{results.Count + 1}/{BenchLayer.All.Count}] {layer.Name}, {layer.Describe()} ... ");
    using Contest contest = new(layer);
    LayerResult result = contest.Run(rounds);
    Console.WriteLine($"{result.Milliseconds:0.00} ms, plain loop {result.PlainMilliseconds:0.00} ms");
    if (!(result.Difference <= LargestDifference))
    {
        Console.Error.WriteLine($"The two results differ by {result.Difference:0.0e+0} of the largest value.");
        return 1;
    }

    results.Add(result);
}

DeviceInfo device = Device.Cpu.GetInfo();
Report report = new(DateTimeOffset.UtcNow, Report.ProcessorName(), device.Threads, device.InstructionSet,
    ConvNetRuntime.Version.Version, rounds, results);
report.Print();
report.Save(Report.DefaultPath);
Console.WriteLine($"written: {Path.GetRelativePath(Environment.CurrentDirectory, Report.DefaultPath)}");
return 0;
