using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ConvNet.Bindings;

/// <summary>Writes what the C# declarations contain, for a test that compares it with the compiled assembly.</summary>
internal sealed class ManifestEmitter(Interface model, CSharpEmitter csharp)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public string Emit()
    {
        var root = new JsonObject
        {
            ["generator"] = $"{Output.Generator}; do not edit",
            ["headerHash"] = model.Hash,
            ["declaredFunctions"] = Array(model.Functions, function => function.Name),
            ["functions"] = Array(model.Functions, Function),
            ["handles"] = Array(
                model.Headers.SelectMany(header => header.Opaques).Where(type => csharp.HasHandle(type.Name)),
                type => CSharpTypes.Handle(type.Name)),
            ["structs"] = Array(model.Headers.SelectMany(header => header.Structs), Struct),
            ["enums"] = Array(model.Headers.SelectMany(header => header.Enums), Enum),
            ["constants"] = Array(model.Headers.SelectMany(header => header.Constants), Constant),
        };
        return root.ToJsonString(Format) + "\n";
    }

    private JsonObject Function(Function function)
    {
        return new JsonObject
        {
            ["name"] = function.Name,
            ["returns"] = CSharpTypes.Blittable(function.Returns),
            ["parameters"] = Array(function.Parameters, parameter =>
            {
                var (type, by) = csharp.TypeOf(function, parameter);
                return new JsonObject
                {
                    ["name"] = parameter.Name,
                    ["type"] = type,
                    ["by"] = by.Length > 0 ? by : "value",
                };
            }),
        };
    }

    private static JsonObject Struct(Struct type)
    {
        return new JsonObject
        {
            ["name"] = type.Name,
            ["size"] = type.Size,
            ["fields"] = Array(type.Fields, field => new JsonObject
            {
                ["name"] = field.Name,
                ["type"] = field.Type is ArrayOf array
                    ? $"{CSharpTypes.Blittable(array.Element)}[{array.Length}]"
                    : CSharpTypes.Blittable(field.Type),
                ["offset"] = field.Offset,
            }),
        };
    }

    private static JsonObject Enum(CEnum type)
    {
        return new JsonObject
        {
            ["name"] = type.Name,
            ["type"] = "int",
            ["values"] = Array(type.Items, item => new JsonObject { ["name"] = item.Name, ["value"] = item.Value }),
        };
    }

    private static JsonObject Constant(Constant constant)
    {
        return new JsonObject
        {
            ["name"] = constant.Name,
            ["value"] = constant.Value is string text ? text : (long)constant.Value,
        };
    }

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> convert)
    {
        return new JsonArray([.. items.Select(convert)]);
    }
}
