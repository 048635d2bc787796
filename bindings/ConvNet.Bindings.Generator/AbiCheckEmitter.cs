using System.Globalization;

namespace ConvNet.Bindings;

/// <summary>
/// Writes a C file that compiles only where the headers' types, layouts and values are those that
/// the generated C# declarations assume.
/// </summary>
internal sealed class AbiCheckEmitter(Interface model, string mainHeader)
{
    private readonly Output _output = new();

    public string Emit()
    {
        _output.Line($"/* Written by {Output.Generator} from the headers; do not edit. */");
        _output.Line();
        _output.Line($"#include <{mainHeader}>");
        _output.Line();
        _output.Line("#include <stddef.h>");
        _output.Line();
        _output.Line("#define HAS_TYPE(expression, type) _Generic((expression), type: 1, default: 0)");
        _output.Line("#define FIELD(type, field) (((type*)0)->field)");
        foreach (var header in model.Headers)
        {
            _output.Line();
            _output.Line($"/* {header.FileName} */");
            Constants(header);
            Enums(header);
            Callbacks(header);
            Structs(header);
            Functions(header);
        }

        return _output.ToString();
    }

    private void Constants(Header header)
    {
        foreach (var constant in header.Constants)
        {
            // C cannot compare texts in a constant expression; their length is what there is.
            Assert(
                constant.Value is string text
                    ? $"sizeof({constant.Name}) == {text.Length + 1}"
                    : $"{constant.Name} == {constant.Value}",
                constant.Name);
        }
    }

    private void Enums(Header header)
    {
        foreach (var type in header.Enums)
        {
            Assert($"sizeof({type.Name}) == 4", type.Name);
            foreach (var item in type.Items)
            {
                Assert($"{item.Name} == {item.Value}", item.Name);
            }
        }
    }

    private void Callbacks(Header header)
    {
        foreach (var callback in header.Callbacks)
        {
            var type = CTypes.FunctionPointer(callback.Returns, callback.Parameters);
            Assert($"HAS_TYPE(({callback.Name})0, {type})", callback.Name);
        }
    }

    private void Structs(Header header)
    {
        foreach (var type in header.Structs)
        {
            Assert($"sizeof({type.Name}) == {type.Size}", type.Name);
            Assert($"_Alignof({type.Name}) == {type.Alignment}", type.Name);
            foreach (var field in type.Fields)
            {
                var name = $"{type.Name}.{field.Name}";
                Assert($"offsetof({type.Name}, {field.Name}) == {field.Offset}", name);
                Assert($"sizeof(FIELD({type.Name}, {field.Name})) == {SizeOf(type, field)}", name);
                var pointer = CTypes.Declare(new PointerTo(field.Type, IsConst: false), "");
                Assert($"HAS_TYPE(&FIELD({type.Name}, {field.Name}), {pointer})", name);
            }
        }
    }

    private void Functions(Header header)
    {
        foreach (var function in header.Functions)
        {
            var parameters = function.Parameters.Select(parameter => parameter.Type);
            var type = CTypes.FunctionPointer(function.Returns, parameters);
            Assert($"HAS_TYPE(&{function.Name}, {type})", function.Name);
        }
    }

    private void Assert(string condition, string what)
    {
        _output.Line($"_Static_assert({condition}, \"{what}\");");
    }

    private string SizeOf(Struct owner, Field field)
    {
        return SizeOf(field.Type) is { } size
            ? size.ToString(CultureInfo.InvariantCulture)
            : throw new NotSupportedException($"The size of {owner.Name}.{field.Name} is not known.");
    }

    private long? SizeOf(CType type)
    {
        return type switch
        {
            ScalarType { Name: "char" or "int8_t" or "uint8_t" } => 1,
            ScalarType { Name: "int16_t" or "uint16_t" } => 2,
            ScalarType { Name: "int32_t" or "uint32_t" or "float" } or EnumType => 4,
            ScalarType { Name: not "void" } or PointerTo or CallbackType => 8,
            ArrayOf array => array.Length * SizeOf(array.Element),
            StructType named => model.Headers.SelectMany(header => header.Structs)
                .FirstOrDefault(type => type.Name == named.Name)?.Size,
            _ => null,
        };
    }
}
