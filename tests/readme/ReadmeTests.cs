using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace ConvNet.Readme.Tests;

/// <summary>What the front page says is true.</summary>
[NonParallelizable] // the console belongs to the process
public sealed partial class ReadmeTests
{
    private static readonly string Root = typeof(ReadmeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == "RepositoryRoot").Value!;

    private static readonly TestCaseData<string, Action>[] Blocks =
    [
        new(nameof(Snippets.Convolution), Snippets.Convolution),
        new(nameof(Snippets.Deconvolution), Snippets.Deconvolution),
    ];

    [TestCaseSource(nameof(Blocks))]
    public void Code_on_the_page_is_the_code_that_is_tested(string title, Action run)
    {
        Assert.That(run.Method.Name, Is.EqualTo(title));
        Assert.That(BlockUnder(title), Is.EqualTo("using ConvNet;\n\n" + Region(title)));
    }

    [TestCaseSource(nameof(Blocks))]
    public void Code_on_the_page_prints_what_the_page_says(string title, Action run)
    {
        string promised = BlockUnder(title).Split('\n')[^1];
        Assert.That("// " + PrintedBy(run).TrimEnd(), Is.EqualTo(promised));
    }

    [Test]
    public void There_is_no_code_on_the_page_that_is_not_tested()
    {
        Assert.That(Resource("README.md").Split("```csharp"), Has.Length.EqualTo(Blocks.Length + 1));
    }

    [TestCaseSource(nameof(Pages))]
    public void Links_lead_somewhere(string page)
    {
        string text = File.ReadAllText(Path.Combine(Root, page));
        string folder = Path.GetDirectoryName(Path.Combine(Root, page))!;
        IEnumerable<string> links = Link().Matches(text).Select(match => match.Groups[1].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal));
        Assert.That(links.Where(link => !Path.Exists(Path.Combine(folder, link))), Is.Empty);
    }

    private static IEnumerable<string> Pages() =>
        Directory.EnumerateFiles(Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal);

    private static string BlockUnder(string title)
    {
        Match match = Regex.Match(Resource("README.md"), $"^## {title}\n\n```csharp\n(.*?)\n```$",
            RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.That(match.Success, $"README.md has a block of C# under '{title}'");
        return match.Groups[1].Value;
    }

    /// <summary>The lines of a region of Snippets.cs, moved to the left edge.</summary>
    private static string Region(string name)
    {
        const string Indentation = "        ";
        IEnumerable<string> lines = Resource("Snippets.cs").Split('\n')
            .SkipWhile(line => line != $"{Indentation}#region {name}").Skip(1)
            .TakeWhile(line => line != $"{Indentation}#endregion");
        return string.Join('\n', lines.Select(line => line.Length == 0 ? line : line[Indentation.Length..]));
    }

    private static string PrintedBy(Action run)
    {
        TextWriter console = Console.Out;
        using StringWriter printed = new();
        Console.SetOut(printed);
        try
        {
            run();
        }
        finally
        {
            Console.SetOut(console);
        }

        return printed.ToString();
    }

    private static string Resource(string name)
    {
        using StreamReader reader = new(typeof(ReadmeTests).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\]\(([^)#]+)[^)]*\)")]
    private static partial Regex Link();
}
