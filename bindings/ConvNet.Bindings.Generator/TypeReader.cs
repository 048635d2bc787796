using CppSharp.AST;

namespace ConvNet.Bindings;

/// <summary>Turns CppSharp's types into the model's, and refuses what bindings could not express safely.</summary>
internal static class TypeReader
{
    private static readonly HashSet<string> FixedWidth =
    [
        "int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t",
        "size_t", "intptr_t", "uintptr_t",
    ];

    public static CType Read(CppSharp.AST.Type type)
    {
        return type switch
        {
            BuiltinType builtin => new ScalarType(Scalar(builtin.Type)),
            TypedefType typedef => ReadTypedef(typedef.Declaration),
            TagType { Declaration: Enumeration declaration } => new EnumType(declaration.Name),
            TagType { Declaration: Class declaration } => ReadClass(declaration),
            PointerType pointer => ReadPointer(pointer),
            DecayedType decayed => Read(decayed.Decayed.Type),
            ArrayType { SizeType: ArrayType.ArraySize.Constant } array => new ArrayOf(Read(array.Type), array.Size),
            AttributedType attributed => Read(attributed.Modified.Type),
            _ => throw new NotSupportedException($"The type '{type.GetType().Name}' has no binding."),
        };
    }

    /// <summary>The function type behind a typedef of a pointer to a function, or null.</summary>
    public static FunctionType? FunctionBehind(CppSharp.AST.Type type)
    {
        return type is PointerType pointer ? pointer.Pointee as FunctionType : null;
    }

    public static CallbackType ReadCallback(string name, FunctionType function)
    {
        return new CallbackType(
            name,
            Read(function.ReturnType.Type),
            [.. function.Parameters.Select(parameter => Read(parameter.Type))]);
    }

    private static CType ReadTypedef(TypedefNameDecl typedef)
    {
        if (FixedWidth.Contains(typedef.Name))
        {
            return new ScalarType(typedef.Name);
        }

        var function = FunctionBehind(typedef.Type);
        return function is null ? Read(typedef.Type) : ReadCallback(typedef.Name, function);
    }

    private static CType ReadClass(Class declaration)
    {
        var complete = declaration.CompleteDeclaration as Class ?? declaration;
        return complete.IsIncomplete ? new OpaqueType(complete.Name) : new StructType(complete.Name);
    }

    private static PointerTo ReadPointer(PointerType pointer)
    {
        if (pointer.IsReference || pointer.Pointee is FunctionType)
        {
            throw new NotSupportedException("References and unnamed function pointers have no binding.");
        }

        return new PointerTo(Read(pointer.Pointee), pointer.QualifiedPointee.Qualifiers.IsConst);
    }

    // int and long are left out on purpose: the headers use types of fixed width.
    private static string Scalar(PrimitiveType type)
    {
        return type switch
        {
            PrimitiveType.Void => "void",
            PrimitiveType.Char => "char",
            PrimitiveType.Float => "float",
            PrimitiveType.Double => "double",
            _ => throw new NotSupportedException($"The type '{type}' has no fixed width; use one of <stdint.h>."),
        };
    }
}
