// Writes the documentation site into the folder that is given: dotnet run -- FOLDER
using System.Reflection;
using ConvNet.Docs;

if (args.Length != 1)
{
    Console.Error.WriteLine("one argument is needed: the folder to write to");
    return 2;
}

string root = typeof(Site).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
    .Single(attribute => attribute.Key == "RepositoryRoot").Value!;
Assembly[] libraries = [typeof(ConvNet.Blob<>).Assembly, typeof(ConvNet.Caffe.Net<>).Assembly];

var api = new ApiPages(libraries);
var site = new Site();
foreach (Page page in MarkdownPages.Read(root).Concat(api.Pages()))
{
    site.Add(page);
}

IReadOnlyList<string> faults = [.. api.Undocumented(), .. site.Write(args[0], root)];
foreach (string fault in faults)
{
    Console.Error.WriteLine(fault);
}

Console.WriteLine($"{site.Count} pages in {Path.GetFullPath(args[0])}, {faults.Count} faults");
return faults.Count == 0 ? 0 : 1;
