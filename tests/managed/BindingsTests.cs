using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ConvNet.Bindings;
using ConvNet.Interop;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>
/// Proves that the generated declarations, the C headers and the native library agree, without the
/// program that generated them.
/// </summary>
[TestFixture]
public sealed class BindingsTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance
        | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
    };

    private static readonly string Include = Path.Combine(TestPaths.RepositoryRoot, "native", "include");

    private static readonly string Generated = Path.Combine(TestPaths.RepositoryRoot, "bindings", "generated");

    private static readonly string Manifest = File.ReadAllText(Path.Combine(Generated, "manifest.json"));

    private static IEnumerable<string> DeclaredFunctions =>
        Items(Parse(Manifest), "declaredFunctions").Select(name => name.GetValue<string>());

    [Test]
    public void Compiled_declarations_are_those_of_the_manifest()
    {
        Assert.That(Differences(Manifest), Is.Empty);
    }

    [Test]
    public void Declarations_were_generated_from_these_headers()
    {
        var hash = HeaderHash.Compute(Include);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(hash, Is.EqualTo(NativeMethods.HeaderHash), "Run the generator in bindings.");
            Assert.That((string?)Parse(Manifest)["headerHash"], Is.EqualTo(hash));
        }
    }

    [Test]
    public void C_check_states_every_offset()
    {
        var check = File.ReadAllText(Path.Combine(Generated, "abi_check.c"));
        var missing =
            from type in Items(Parse(Manifest), "structs")
            from field in Items(type, "fields")
            let assertion = $"offsetof({type["name"]}, {field["name"]}) == {field["offset"]},"
            where !check.Contains(assertion, StringComparison.Ordinal)
            select assertion;
        Assert.That(missing, Is.Empty);
    }

    [TestCaseSource(nameof(DeclaredFunctions))]
    public void Library_exports(string function)
    {
        var imports = typeof(NativeMethods).GetMethods(Everything)
            .Where(method => method.GetCustomAttribute<DllImportAttribute>()?.EntryPoint == function)
            .ToList();
        Assert.That(imports, Has.Count.EqualTo(1));
        // Binds the import as a call would, the library's own way of finding itself included.
        Assert.That(() => Marshal.Prelink(imports[0]), Throws.Nothing);
    }

    [Test]
    public void Swapped_fields_are_noticed()
    {
        var swapped = Swap(Manifest, "\"stride_h\"", "\"stride_w\"");
        Assert.That(Differences(swapped), Is.EquivalentTo(
        [
            "only in the manifest: cn_convolution_options +96 long stride_h",
            "only in the manifest: cn_convolution_options +88 long stride_w",
            "only in the assembly: cn_convolution_options +88 long stride_h",
            "only in the assembly: cn_convolution_options +96 long stride_w",
        ]));
    }

    [Test]
    public void Swapped_parameters_are_noticed()
    {
        var manifest = Parse(Manifest);
        var function = Items(manifest, "functions").Single(item => (string?)item["name"] == "cn_layer_create_bias");
        var text = function.ToJsonString();
        function.ReplaceWith(JsonNode.Parse(Swap(text, "\"axis\"", "\"num_axes\"")));
        Assert.That(Differences(manifest.ToJsonString()), Has.Count.EqualTo(2));
    }

    [TestCase("stride_h", "stride_w")]
    [TestCase("int32_t axis,", "int32_t num_axes")]
    public void Swaps_in_the_headers_are_noticed(string first, string second)
    {
        var headers = HeaderHash.Read(Include);
        var swapped = headers.ToDictionary(header => header.Key, header => Swap(header.Value, first, second));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(swapped, Is.Not.EqualTo(headers));
            Assert.That(HeaderHash.Compute(swapped), Is.Not.EqualTo(NativeMethods.HeaderHash));
        }
    }

    [Test]
    public void Comments_and_layout_of_the_headers_do_not_matter()
    {
        var changed = HeaderHash.Read(Include).ToDictionary(
            header => header.Key,
            header => "// A comment.\r\n" + header.Value.ReplaceLineEndings("\r\n") + "/* Another. */");
        Assert.That(HeaderHash.Compute(changed), Is.EqualTo(NativeMethods.HeaderHash));
    }

    private static List<string> Differences(string manifest)
    {
        var expected = ManifestLines(Parse(manifest)).ToList();
        var actual = AssemblyLines().ToList();
        return
        [
            .. expected.Except(actual).Select(line => $"only in the manifest: {line}"),
            .. actual.Except(expected).Select(line => $"only in the assembly: {line}"),
        ];
    }

    private static IEnumerable<string> ManifestLines(JsonNode manifest)
    {
        foreach (var function in Items(manifest, "functions"))
        {
            var parameters = Items(function, "parameters").Select(parameter =>
                $"{((string?)parameter["by"] == "out" ? "out " : "")}{parameter["type"]} {parameter["name"]}");
            yield return $"{function["returns"]} {function["name"]}({string.Join(", ", parameters)})";
        }

        foreach (var type in Items(manifest, "structs"))
        {
            yield return $"{type["name"]} of {type["size"]} bytes";
            foreach (var field in Items(type, "fields"))
            {
                yield return $"{type["name"]} +{field["offset"]} {field["type"]} {field["name"]}";
            }
        }

        foreach (var type in Items(manifest, "enums"))
        {
            yield return $"{type["name"]} : {type["type"]}";
            foreach (var item in Items(type, "values"))
            {
                yield return $"{type["name"]}.{item["name"]} = {item["value"]}";
            }
        }

        foreach (var handle in Items(manifest, "handles"))
        {
            yield return $"handle {handle}";
        }

        foreach (var constant in Items(manifest, "constants"))
        {
            yield return $"const {constant["name"]} = {constant["value"]}";
        }
    }

    private static IEnumerable<string> AssemblyLines()
    {
        var all = typeof(NativeMethods).Assembly.GetTypes();
        return all.Where(type => type.Namespace == typeof(NativeMethods).Namespace).SelectMany(type => type switch
        {
            _ when type == typeof(NativeMethods) => FunctionLines(type),
            _ when type == typeof(Constants) => ConstantLines(type),
            { IsEnum: true } when type.Name.StartsWith("cn_", StringComparison.Ordinal) => EnumLines(type),
            { IsValueType: true } when type.Name.StartsWith("cn_", StringComparison.Ordinal) => StructLines(type),
            _ when type.BaseType == typeof(SafeHandleZeroOrMinusOneIsInvalid) => [$"handle {type.Name}"],
            _ => [],
        });
    }

    private static IEnumerable<string> FunctionLines(Type type)
    {
        return
            from method in type.GetMethods(Everything)
            where method.Name.StartsWith("cn_", StringComparison.Ordinal)
            let parameters = method.GetParameters().Select(parameter =>
                $"{(parameter.IsOut ? "out " : "")}{Name(parameter.ParameterType)} {parameter.Name}")
            select $"{Name(method.ReturnType)} {method.Name}({string.Join(", ", parameters)})";
    }

    private static IEnumerable<string> StructLines(Type type)
    {
        yield return $"{type.Name} of {RuntimeHelpers.SizeOf(type.TypeHandle)} bytes";
        foreach (var field in type.GetFields(Everything))
        {
            var buffer = field.GetCustomAttribute<FixedBufferAttribute>();
            var name = buffer is null ? Name(field.FieldType) : $"{Name(buffer.ElementType)}[{buffer.Length}]";
            yield return $"{type.Name} +{field.GetCustomAttribute<FieldOffsetAttribute>()?.Value} {name} {field.Name}";
        }
    }

    private static IEnumerable<string> EnumLines(Type type)
    {
        return Enum.GetNames(type)
            .Select(name => $"{type.Name}.{name} = {Convert.ToInt64(Enum.Parse(type, name), null)}")
            .Prepend($"{type.Name} : {Name(type.GetEnumUnderlyingType())}");
    }

    private static IEnumerable<string> ConstantLines(Type type)
    {
        return type.GetFields(Everything).Select(field => $"const {field.Name} = {field.GetRawConstantValue()}");
    }

    private static string Name(Type type)
    {
        if (type.IsFunctionPointer)
        {
            var types = type.GetFunctionPointerParameterTypes().Append(type.GetFunctionPointerReturnType());
            var convention = type.IsUnmanagedFunctionPointer ? "unmanaged[Cdecl]" : "managed";
            return $"delegate* {convention}<{string.Join(", ", types.Select(Name))}>";
        }

        return type.IsByRef ? Name(type.GetElementType()!)
            : type.IsPointer ? Name(type.GetElementType()!) + "*"
            : Keywords.GetValueOrDefault(type, type.Name);
    }

    private static JsonNode Parse(string json)
    {
        return JsonNode.Parse(json)!;
    }

    private static IEnumerable<JsonNode> Items(JsonNode node, string name)
    {
        return node[name]!.AsArray().Select(item => item!);
    }

    private static string Swap(string text, string first, string second)
    {
        return text.Replace(first, "\0", StringComparison.Ordinal)
            .Replace(second, first, StringComparison.Ordinal)
            .Replace("\0", second, StringComparison.Ordinal);
    }
}
