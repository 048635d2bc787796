using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Xml.Linq;

namespace ConvNet.Docs;

/// <summary>A page for each public type.</summary>
internal sealed class ApiPages
{
    private const BindingFlags Own =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string[] Sections = ["Constructors", "Properties", "Methods", "Values"];

    private readonly IReadOnlyList<Type> _types;
    private readonly Dictionary<string, string> _links = [];
    private readonly Comments _comments;

    public ApiPages(IReadOnlyList<Assembly> assemblies)
    {
        _types = [.. assemblies.SelectMany(assembly => assembly.GetExportedTypes()).OrderBy(type => type.Namespace).ThenBy(type => type.Name)];
        foreach (Type type in _types)
        {
            _links[DocumentationId.Of(type)] = FileOf(type);
            foreach (MemberInfo member in Members(type))
            {
                _links[DocumentationId.Of(member)] = $"{FileOf(type)}#{Anchor(member)}";
            }
        }

        _comments = new Comments(assemblies, _links.GetValueOrDefault);
    }

    public IEnumerable<Page> Pages() =>
        _types.Select(type => new Page($"api/{FileOf(type)}", Signature.Title(type), type.Namespace!, Body(type)));

    /// <summary>What is public and says nothing.</summary>
    public IEnumerable<string> Undocumented() =>
        from type in _types
        from member in Members(type).Prepend(type)
        where _comments.Of(member)?.Elements("summary").Concat(_comments.Of(member)!.Elements("inheritdoc")).Any() != true
            && !IsPositional(member)
        select $"{DocumentationId.Of(member)} has no documentation comment";

    private string Body(Type type)
    {
        var html = new StringBuilder();
        html.Append($"<h1>{Encode(Signature.Title(type))}</h1>\n");
        Describe(html, type);
        if (BaseOnSite(type) is { } parent)
        {
            html.Append($"<p>It also has the members of <a href=\"{FileOf(parent)}\"><code>{Encode(Signature.Title(parent))}</code></a>.</p>\n");
        }

        foreach (IGrouping<string, MemberInfo> section in Members(type).GroupBy(Section)
            .OrderBy(group => Array.IndexOf(Sections, group.Key)))
        {
            html.Append($"<h2>{section.Key}</h2>\n");
            foreach (MemberInfo member in section)
            {
                html.Append($"<h3 id=\"{Anchor(member)}\">{Encode(Signature.Title(member))}</h3>\n");
                Describe(html, member);
            }
        }

        return html.ToString();
    }

    private Type? BaseOnSite(Type type)
    {
        Type? parent = type.BaseType is { IsGenericType: true } generic ? generic.GetGenericTypeDefinition() : type.BaseType;
        return parent is not null && _types.Contains(parent) ? parent : null;
    }

    private void Describe(StringBuilder html, MemberInfo member)
    {
        XElement? comment = _comments.Of(member);
        html.Append($"<pre><code>{Encode(Signature.Declaration(member))}</code></pre>\n");
        Paragraph(html, comment?.Element("summary") ?? PositionalComment(member));
        Paragraph(html, comment?.Element("remarks"));
        Table(html, "Parameter", comment, ["typeparam", "param"], element => element.Attribute("name")!.Value);
        if (comment?.Element("returns") is { } returns)
        {
            html.Append($"<p>Returns: {_comments.Html(returns)}</p>\n");
        }

        Table(html, "Exception", comment, ["exception"], element => Comments.ShortName(element.Attribute("cref")!.Value));
    }

    private void Paragraph(StringBuilder html, XElement? element)
    {
        if (element is not null)
        {
            html.Append($"<p>{_comments.Html(element)}</p>\n");
        }
    }

    private void Table(StringBuilder html, string heading, XElement? comment, string[] names, Func<XElement, string> label)
    {
        XElement[] rows = [.. comment?.Elements().Where(element => names.Contains(element.Name.LocalName)) ?? []];
        if (rows.Length == 0)
        {
            return;
        }

        html.Append($"<table><tr><th>{heading}</th><th></th></tr>\n");
        foreach (XElement row in rows)
        {
            html.Append($"<tr><td><code>{Encode(label(row))}</code></td><td>{_comments.Html(row)}</td></tr>\n");
        }

        html.Append("</table>\n");
    }

    // What a record's parameter list declares is described with the record's parameters.
    private XElement? PositionalComment(MemberInfo member) =>
        member is PropertyInfo && _comments.Of(member.DeclaringType!) is { } comment
            ? comment.Elements("param").SingleOrDefault(param => param.Attribute("name")!.Value == member.Name)
            : null;

    private bool IsPositional(MemberInfo member) =>
        PositionalComment(member) is not null
        || (member is ConstructorInfo && _comments.Of(member.DeclaringType!)?.Element("param") is not null);

    // What a compiler adds to records, and what only hands on what is inherited, is left out.
    private static IEnumerable<MemberInfo> Members(Type type) =>
        type.GetMembers(Own).Where(member => member switch
        {
            ConstructorInfo constructor => IsVisible(constructor) && !IsCopy(constructor) && !IsImplied(constructor),
            MethodInfo method => IsVisible(method) && (!method.IsSpecialName || method.Name == "op_Implicit") && !IsAdded(method),
            PropertyInfo property => property.GetMethod is { } get && IsVisible(get) && property.Name != "EqualityContract",
            FieldInfo field => field is { IsPublic: true, IsSpecialName: false },
            _ => false,
        });

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily;

    private static bool IsAdded(MethodInfo method) =>
        method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.Name is "Equals" or "GetHashCode" or "ToString";

    private static bool IsCopy(ConstructorInfo constructor) =>
        constructor.GetParameters() is [{ } only] && only.ParameterType == constructor.DeclaringType;

    private static bool IsImplied(ConstructorInfo constructor) => constructor.GetParameters().Length == 0;

    private static string Section(MemberInfo member) => member switch
    {
        ConstructorInfo => "Constructors",
        PropertyInfo => "Properties",
        FieldInfo => "Values",
        _ => "Methods",
    };

    private static string FileOf(Type type) => type.FullName!.Replace('`', '-').Replace('+', '.') + ".html";

    private static string Anchor(MemberInfo member) =>
        string.Concat(DocumentationId.Of(member)[2..].Select(letter => char.IsLetterOrDigit(letter) ? letter : '-'));

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
