using ConvNet.Bench;

if (Arguments.Parse(args) is not { } arguments)
{
    Console.Error.WriteLine(Arguments.Usage);
    return 2;
}

Results results = Benchmark.Run(arguments);
ConsoleReport.Print(results);
JsonReport.Save(results);
BarChart.Save(results);
if (arguments.WriteDocs)
{
    DocsReport.Save(results);
}

Console.WriteLine($"written: {Path.GetRelativePath(Environment.CurrentDirectory, RepositoryPaths.Results)}");
string[] disagreements = [.. Agreement.Broken(results)];
foreach (string disagreement in disagreements)
{
    Console.Error.WriteLine(disagreement);
}

return disagreements.Length == 0 ? 0 : 1;
