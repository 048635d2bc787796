namespace ConvNet.Bindings;

/// <summary>How the model's types are written in C#.</summary>
internal static class CSharpTypes
{
    private static readonly Dictionary<string, string> Scalars = new()
    {
        ["void"] = "void",
        ["char"] = "byte",
        ["float"] = "float",
        ["double"] = "double",
        ["int8_t"] = "sbyte",
        ["uint8_t"] = "byte",
        ["int16_t"] = "short",
        ["uint16_t"] = "ushort",
        ["int32_t"] = "int",
        ["uint32_t"] = "uint",
        ["int64_t"] = "long",
        ["uint64_t"] = "ulong",
        ["size_t"] = "nuint",
        ["intptr_t"] = "nint",
        ["uintptr_t"] = "nuint",
    };

    /// <summary>A blittable type: what the struct or the callback holds in memory.</summary>
    public static string Blittable(CType type)
    {
        return type switch
        {
            ScalarType scalar => Scalars[scalar.Name],
            StructType named => named.Name,
            EnumType named => named.Name,
            PointerTo { Target: OpaqueType } => "nint",
            PointerTo pointer => Blittable(pointer.Target) + "*",
            CallbackType callback => Callback(callback),
            _ => throw new NotSupportedException($"'{type}' cannot be passed by value."),
        };
    }

    /// <summary>The type of a parameter of an imported function, and "out" or "" before it.</summary>
    public static (string Type, string By) Parameter(CType type, Func<string, bool> hasHandle)
    {
        return type switch
        {
            PointerTo { Target: OpaqueType opaque } when hasHandle(opaque.Name) => (Handle(opaque.Name), ""),
            PointerTo { Target: PointerTo { Target: OpaqueType opaque }, IsConst: false } when hasHandle(opaque.Name)
                => (Handle(opaque.Name), "out"),
            _ => (Blittable(type), ""),
        };
    }

    /// <summary>cn_memory_pool becomes MemoryPoolHandle.</summary>
    public static string Handle(string opaque)
    {
        var words = opaque.Split('_').Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]);
        return string.Concat(words) + "Handle";
    }

    private static string Callback(CallbackType callback)
    {
        var types = callback.Parameters.Append(callback.Returns).Select(Blittable);
        return $"delegate* unmanaged[Cdecl]<{string.Join(", ", types)}>";
    }
}
