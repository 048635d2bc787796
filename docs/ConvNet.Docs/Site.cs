using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace ConvNet.Docs;

/// <summary>The pages together: the frame around each, the list of all, and whether links lead somewhere.</summary>
internal sealed partial class Site
{
    private readonly List<Page> _pages = [];

    public int Count => _pages.Count;

    public void Add(Page page) => _pages.Add(page);

    /// <summary>Writes all pages, and what they show of the repository.</summary>
    /// <returns>Links that lead nowhere.</returns>
    public IReadOnlyList<string> Write(string folder, string root)
    {
        List<string> faults = [];
        WriteFile(folder, "style.css", Resource("style.css"));
        foreach (Page page in _pages)
        {
            WriteFile(folder, page.File, Frame(page));
        }

        foreach (Page page in _pages)
        {
            foreach (Match link in Link.Matches(page.Body))
            {
                Check(page, WebUtility.HtmlDecode(link.Groups[1].Value), folder, root, faults);
            }
        }

        return faults;
    }

    // A link to a file of the repository that is no page takes that file along.
    private static void Check(Page page, string link, string folder, string root, List<string> faults)
    {
        string[] parts = link.Split('#', 2);
        if (link.Contains("://", StringComparison.Ordinal) || link.StartsWith('#'))
        {
            return;
        }

        string target = Path.GetFullPath(Path.Combine(folder, Path.GetDirectoryName(page.File)!, parts[0]));
        string relative = Path.GetRelativePath(Path.GetFullPath(folder), target);
        string source = Path.Combine(root, relative);
        if (!File.Exists(target) && !relative.StartsWith("..", StringComparison.Ordinal) && File.Exists(source))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
        }

        if (!File.Exists(target))
        {
            faults.Add($"{page.File}: the link {link} leads nowhere");
        }
        else if (parts.Length == 2 && !File.ReadAllText(target).Contains($"id=\"{parts[1]}\"", StringComparison.Ordinal))
        {
            faults.Add($"{page.File}: there is no #{parts[1]} on {parts[0]}");
        }
    }

    private string Frame(Page page)
    {
        string up = string.Concat(Enumerable.Repeat("../", page.File.Count(letter => letter == '/')));
        var list = new StringBuilder();
        foreach (IGrouping<string, Page> group in _pages.GroupBy(other => other.Group))
        {
            list.Append($"<b>{WebUtility.HtmlEncode(group.Key)}</b>\n");
            foreach (Page other in group)
            {
                string current = other == page ? " aria-current=\"page\"" : "";
                list.Append($"<a href=\"{up}{other.File}\"{current}>{WebUtility.HtmlEncode(other.Title)}</a>\n");
            }
        }

        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{WebUtility.HtmlEncode(page.Title)} - ConvNet</title>
            <link rel="stylesheet" href="{up}style.css">
            </head>
            <body>
            <nav>
            {list}</nav>
            <main>
            {page.Body}
            </main>
            </body>
            </html>

            """;
    }

    private static void WriteFile(string folder, string file, string text)
    {
        string path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(Site).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("(?:href|src)=\"([^\"]+)\"")]
    private static partial Regex Link { get; }
}
