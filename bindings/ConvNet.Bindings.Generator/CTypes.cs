namespace ConvNet.Bindings;

/// <summary>How the model's types are written in C.</summary>
internal static class CTypes
{
    /// <summary>A declaration of <paramref name="name"/> with a type; the name may be empty.</summary>
    public static string Declare(CType type, string name)
    {
        return type switch
        {
            PointerTo { Target: ArrayOf } pointer => Declare(pointer.Target, $"(*{name})"),
            PointerTo { Target: PointerTo, IsConst: true } pointer => Declare(pointer.Target, "const *" + name),
            PointerTo pointer => (pointer.IsConst ? "const " : "") + Declare(pointer.Target, "*" + name),
            ArrayOf array => Declare(array.Element, $"{name}[{array.Length}]"),
            _ => Name(type) + Spaced(name),
        };
    }

    /// <summary>The type of a pointer to a function.</summary>
    public static string FunctionPointer(CType returns, IEnumerable<CType> parameters)
    {
        var list = string.Join(", ", parameters.Select(parameter => Declare(parameter, "")));
        return Declare(returns, $"(*)({(list.Length > 0 ? list : "void")})");
    }

    private static string Spaced(string name)
    {
        return name.Length > 0 ? " " + name : "";
    }

    private static string Name(CType type)
    {
        return type switch
        {
            ScalarType scalar => scalar.Name,
            StructType named => named.Name,
            EnumType named => named.Name,
            OpaqueType named => named.Name,
            CallbackType named => named.Name,
            _ => throw new NotSupportedException($"'{type}' has no name in C."),
        };
    }
}
