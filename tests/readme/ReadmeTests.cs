using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace ConvNet.Readme.Tests;

/// <summary>What the pages say is true.</summary>
[NonParallelizable] // the console belongs to the process
public sealed partial class ReadmeTests
{
    private static readonly string Root = typeof(ReadmeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == "RepositoryRoot").Value!;

    private static IEnumerable<TestCaseData> Blocks => Snippets.All.Select(snippet =>
        new TestCaseData(snippet).SetArgDisplayNames(snippet.Page, snippet.Title));

    [TestCaseSource(nameof(Blocks))]
    public void Code_prints_what_the_page_says(object block)
    {
        var snippet = (Snippet)block;
        Assert.That(snippet.Promised, Is.Not.Empty, "the last line of a block says what is printed: // ...");
        Assert.That(PrintedBy(snippet.Run).TrimEnd(), Is.EqualTo(snippet.Promised));
    }

    [Test]
    public void The_pages_have_code() =>
        Assert.That(Snippets.All.Select(snippet => snippet.Page).Distinct(), Is.SupersetOf(["README", "first-layers"]));

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

    [GeneratedRegex(@"\]\(([^)#]+)[^)]*\)")]
    private static partial Regex Link();
}
