using System.Text.RegularExpressions;
using Markdig;

namespace ConvNet.Docs;

/// <summary>The pages that are written in Markdown, in the order of the list of pages.</summary>
internal static partial class MarkdownPages
{
    private static readonly (string Group, string[] Files)[] Groups =
    [
        ("Start", ["README.md", "CHANGELOG.md"]),
        ("Tutorial", ["docs/tutorial/first-layers.md", "docs/tutorial/caffe-nets.md", "docs/tutorial/performance.md",
            "docs/tutorial/troubleshooting.md"]),
        ("Project", ["docs/building.md", "docs/testing.md", "docs/packaging.md", "docs/performance.md", "docs/gpu.md",
            "bindings/README.md", "THIRD-PARTY-NOTICES.md"]),
    ];

    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers().Build();

    public static IEnumerable<Page> Read(string root)
    {
        foreach ((string group, string[] files) in Groups)
        {
            foreach (string file in files)
            {
                string text = File.ReadAllText(Path.Combine(root, file));
                string title = text[..text.IndexOf('\n', StringComparison.Ordinal)].TrimStart('#', ' ');
                string html = MarkdownLink.Replace(Markdown.ToHtml(text, Pipeline), "href=\"$1.html$2\"");
                yield return new Page(OutputName(file), title, group, html.Replace("README.html", "index.html", StringComparison.Ordinal));
            }
        }
    }

    private static string OutputName(string file) =>
        Path.ChangeExtension(file, ".html").Replace("README.html", "index.html", StringComparison.Ordinal);

    [GeneratedRegex("href=\"([^\":]+)\\.md(#[^\"]*)?\"")]
    private static partial Regex MarkdownLink { get; }
}
