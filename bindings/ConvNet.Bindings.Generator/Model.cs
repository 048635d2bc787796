namespace ConvNet.Bindings;

/// <summary>A C type, as far as the headers use C's types.</summary>
internal abstract record CType;

/// <summary>A type whose size is the same everywhere, or <c>void</c>, <c>char</c> or <c>size_t</c>.</summary>
internal sealed record ScalarType(string Name) : CType;

/// <summary>A pointer; <paramref name="IsConst"/> is about what it points to.</summary>
internal sealed record PointerTo(CType Target, bool IsConst) : CType;

internal sealed record ArrayOf(CType Element, long Length) : CType;

internal sealed record StructType(string Name) : CType;

internal sealed record EnumType(string Name) : CType;

/// <summary>A struct without a definition: callers only hold pointers to it.</summary>
internal sealed record OpaqueType(string Name) : CType;

/// <summary>A named pointer to a function.</summary>
internal sealed record CallbackType(string Name, CType Returns, IReadOnlyList<CType> Parameters) : CType
{
    // The compiler's version compares the list by reference.
    public bool Equals(CallbackType? other)
    {
        return other is not null && Name == other.Name;
    }

    public override int GetHashCode()
    {
        return Name.GetHashCode(StringComparison.Ordinal);
    }
}

internal sealed record Parameter(string Name, CType Type);

internal sealed record Function(string Name, CType Returns, IReadOnlyList<Parameter> Parameters, Doxygen Comment);

internal sealed record Field(string Name, CType Type, long Offset, Doxygen Comment);

internal sealed record Struct(string Name, long Size, long Alignment, IReadOnlyList<Field> Fields, Doxygen Comment);

internal sealed record EnumItem(string Name, int Value, Doxygen Comment);

internal sealed record CEnum(string Name, IReadOnlyList<EnumItem> Items, Doxygen Comment);

internal sealed record Opaque(string Name, Doxygen Comment);

/// <summary>A macro with a value: <paramref name="Value"/> is a <see cref="long"/> or a <see cref="string"/>.</summary>
internal sealed record Constant(string Name, object Value, Doxygen Comment);

/// <summary>What one header declares, in the order in which it does.</summary>
internal sealed record Header(
    string FileName,
    IReadOnlyList<Constant> Constants,
    IReadOnlyList<CEnum> Enums,
    IReadOnlyList<Opaque> Opaques,
    IReadOnlyList<CallbackType> Callbacks,
    IReadOnlyList<Struct> Structs,
    IReadOnlyList<Function> Functions)
{
    public bool IsEmpty =>
        Constants.Count + Enums.Count + Opaques.Count + Callbacks.Count + Structs.Count + Functions.Count == 0;
}

/// <summary>All headers, in the order of their names, and the hash of their text.</summary>
internal sealed record Interface(IReadOnlyList<Header> Headers, string Hash)
{
    public IEnumerable<Function> Functions => Headers.SelectMany(header => header.Functions);

    /// <summary>The function that destroys an opaque type's handle, by convention.</summary>
    public Function? Destroyer(string opaque)
    {
        return Functions.FirstOrDefault(function => function.Name == opaque + "_destroy");
    }
}
