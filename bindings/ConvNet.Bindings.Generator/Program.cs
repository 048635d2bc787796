namespace ConvNet.Bindings;

/// <summary>Generates the C# bindings, the C check and the manifest from the C headers.</summary>
internal static class Program
{
    private const string MainHeader = "convnet/convnet.h";

    private static int Main(string[] arguments)
    {
        if (arguments.Length != 2)
        {
            Console.Error.WriteLine($"usage: {Output.Generator} <include directory> <output directory>");
            return 2;
        }

        var outputDirectory = Directory.CreateDirectory(arguments[1]).FullName;
        var model = HeaderParser.Parse(Path.GetFullPath(arguments[0]), MainHeader);
        var csharp = new CSharpEmitter(model);
        var files = new Dictionary<string, string>
        {
            ["NativeMethods.cs"] = csharp.EmitLibrary(),
            ["abi_check.c"] = new AbiCheckEmitter(model, MainHeader).Emit(),
            ["manifest.json"] = new ManifestEmitter(model, csharp).Emit(),
        };
        foreach (var header in model.Headers)
        {
            files[$"NativeMethods.{PascalCase(header.FileName)}.cs"] = csharp.Emit(header);
        }

        // A header that is gone must not leave its declarations behind.
        foreach (var stale in Directory.EnumerateFiles(outputDirectory, "*.cs"))
        {
            if (!files.ContainsKey(Path.GetFileName(stale)))
            {
                File.Delete(stale);
            }
        }

        foreach (var (name, text) in files)
        {
            File.WriteAllText(Path.Combine(outputDirectory, name), text);
        }

        Console.WriteLine($"{model.Functions.Count()} functions from {model.Headers.Count} headers, hash {model.Hash}");
        return 0;
    }

    private static string PascalCase(string fileName)
    {
        var words = Path.GetFileNameWithoutExtension(fileName).Split('_', '-');
        return string.Concat(words.Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }
}
