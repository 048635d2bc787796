using System.Net;
using System.Reflection;
using System.Xml.Linq;

namespace ConvNet.Docs;

/// <summary>What documentation comments say, by the names of the members, and how it is shown.</summary>
internal sealed class Comments
{
    private readonly Dictionary<string, XElement> _members = [];
    private readonly Func<string, string?> _linkTo;

    /// <summary>Reads the documentation files that lie beside the assemblies.</summary>
    /// <param name="assemblies">The assemblies.</param>
    /// <param name="linkTo">Where a member is described, or null when it is not on this site.</param>
    public Comments(IEnumerable<Assembly> assemblies, Func<string, string?> linkTo)
    {
        _linkTo = linkTo;
        foreach (Assembly assembly in assemblies)
        {
            string file = Path.ChangeExtension(assembly.Location, ".xml");
            foreach (XElement member in XDocument.Load(file).Descendants("member"))
            {
                _members[member.Attribute("name")!.Value] = member;
            }
        }
    }

    /// <summary>The comment of a member; where it only refers to what it overrides, the comment of that.</summary>
    public XElement? Of(MemberInfo member)
    {
        XElement? comment = _members.GetValueOrDefault(DocumentationId.Of(member));
        if (comment?.Element("inheritdoc") is null)
        {
            return comment;
        }

        if (member is MethodInfo method && method.GetBaseDefinition() is { } origin && origin != method)
        {
            return Of(origin.DeclaringType!.IsConstructedGenericType
                ? origin.Module.ResolveMethod(origin.MetadataToken)! : origin) ?? comment;
        }

        return comment;
    }

    /// <summary>The text of an element as HTML.</summary>
    public string Html(XElement? element) =>
        element is null ? "" : string.Concat(element.Nodes().Select(Html)).Trim();

    private string Html(XNode node) => node switch
    {
        XText text => WebUtility.HtmlEncode(text.Value),
        XElement { Name.LocalName: "c" } code => $"<code>{Html(code)}</code>",
        XElement { Name.LocalName: "code" } block => $"<pre><code>{Html(block)}</code></pre>",
        XElement { Name.LocalName: "para" } paragraph => $"<p>{Html(paragraph)}</p>",
        XElement { Name.LocalName: "paramref" or "typeparamref" } name =>
            $"<code>{WebUtility.HtmlEncode(name.Attribute("name")!.Value)}</code>",
        XElement { Name.LocalName: "see" } see => See(see),
        XElement other => Html(other),
        _ => "",
    };

    private string See(XElement see)
    {
        if (see.Attribute("langword") is { } word)
        {
            return $"<code>{word.Value}</code>";
        }

        string id = see.Attribute("cref")!.Value;
        string text = $"<code>{WebUtility.HtmlEncode(ShortName(id))}</code>";
        return _linkTo(id) is { } link ? $"<a href=\"{link}\">{text}</a>" : text;
    }

    /// <summary>The last part of a member's name: "M:ConvNet.Layer`1.Reshape(ConvNet.Shape)" is "Reshape".</summary>
    public static string ShortName(string id)
    {
        string name = id[2..].Split('(')[0];
        string last = name[(name.LastIndexOf('.') + 1)..];
        string[] generic = last.Split('`');
        return generic.Length == 2 && id[0] == 'T' ? $"{generic[0]}<T>" : generic[0];
    }
}
