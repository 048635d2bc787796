using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ConvNet.Docs;

/// <summary>Types and members as one would write them in C#.</summary>
internal static class Signature
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(int)] = "int",
        [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(string)] = "string", [typeof(object)] = "object",
    };

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>What a member is called in headings, for example "Forward(Blob&lt;T&gt;, Blob&lt;T&gt;)".</summary>
    public static string Title(MemberInfo member) => member switch
    {
        Type type => Of(type),
        ConstructorInfo constructor => $"{Simple(constructor.DeclaringType!)}({Types(constructor.GetParameters())})",
        MethodInfo method => $"{MethodName(method)}({Types(method.GetParameters())})",
        PropertyInfo property when property.GetIndexParameters().Length > 0 => $"this[{Types(property.GetIndexParameters())}]",
        _ => member.Name,
    };

    /// <summary>The declaration.</summary>
    public static string Declaration(MemberInfo member) => member switch
    {
        Type type => $"public {Kind(type)} {Of(type)}{Bases(type)}",
        ConstructorInfo constructor => $"{Access(constructor)}{Simple(constructor.DeclaringType!)}({Parameters(constructor.GetParameters())})",
        MethodInfo method => $"{Access(method)}{Static(method)}{Of(Nullability.Create(method.ReturnParameter))} " +
            $"{MethodName(method)}({Parameters(method.GetParameters())})",
        PropertyInfo property => Property(property),
        FieldInfo field => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}",
        _ => member.Name,
    };

    public static string Of(Type type)
    {
        if (Keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }

        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return Of(value) + "?";
        }

        if (type.IsArray || type.IsByRef)
        {
            return Of(type.GetElementType()!) + (type.IsArray ? "[]" : "");
        }

        if (type.IsGenericType && type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true)
        {
            return $"({string.Join(", ", type.GetGenericArguments().Select(Of))})";
        }

        return type.IsGenericType ? $"{Simple(type)}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>" : type.Name;
    }

    private static string Of(NullabilityInfo info)
    {
        string type = info.GenericTypeArguments.Length > 0 && Nullable.GetUnderlyingType(info.Type) is null
                && !info.Type.Name.StartsWith("ValueTuple", StringComparison.Ordinal)
            ? $"{Simple(info.Type)}<{string.Join(", ", info.GenericTypeArguments.Select(Of))}>"
            : Of(info.Type);
        return info.ReadState == NullabilityState.Nullable && !type.EndsWith('?') ? type + "?" : type;
    }

    private static string Kind(Type type)
    {
        if (type.IsEnum)
        {
            return "enum";
        }

        bool isRecord = type.GetMethod("<Clone>$") is not null
            || (type.IsValueType && type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null);
        string kind = (isRecord ? "record " : "") + (type.IsValueType ? "struct" : isRecord ? "" : "class");
        string modifier = type.IsAbstract && type.IsSealed ? "static "
            : type.IsAbstract ? "abstract "
            : type is { IsSealed: true, IsValueType: false } ? "sealed "
            : type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "";
        return (modifier + kind).TrimEnd();
    }

    private static string Bases(Type type)
    {
        Type? parent = type.BaseType;
        return type.IsEnum || parent is null || parent == typeof(object) || parent == typeof(ValueType) ? "" : $" : {Of(parent)}";
    }

    private static string Property(PropertyInfo property)
    {
        MethodInfo accessor = property.GetMethod!;
        string set = property.SetMethod is { IsPublic: true } setter
            ? setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;"
            : "";
        string name = property.GetIndexParameters() is { Length: > 0 } index ? $"this[{Parameters(index)}]" : property.Name;
        return $"{Access(accessor)}{Static(accessor)}{Of(Nullability.Create(property))} {name} {{ get;{set} }}";
    }

    private static string Access(MethodBase method) => method.IsPublic ? "public " : "protected ";

    private static string Static(MethodBase method) =>
        method.IsStatic ? "static " : method.IsAbstract ? "abstract "
            : method is MethodInfo own && own.GetBaseDefinition() != own ? "override " : "";

    private static string MethodName(MethodInfo method) => method.Name switch
    {
        "op_Implicit" => $"implicit operator {Of(method.ReturnType)}",
        string name => name,
    };

    private static string Simple(Type type)
    {
        int arity = type.Name.IndexOf('`', StringComparison.Ordinal);
        return arity < 0 ? type.Name : type.Name[..arity];
    }

    private static string Types(ParameterInfo[] parameters) =>
        string.Join(", ", parameters.Select(parameter => Of(parameter.ParameterType)));

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(parameter =>
    {
        string passing = parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref " : "";
        string many = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "";
        return $"{passing}{many}{Of(Nullability.Create(parameter))} {parameter.Name}{Default(parameter)}";
    }));

    private static string Default(ParameterInfo parameter)
    {
        if (!parameter.HasDefaultValue)
        {
            return "";
        }

        return parameter.DefaultValue switch
        {
            null => " = null",
            bool value => value ? " = true" : " = false",
            object value when parameter.ParameterType.IsEnum =>
                $" = {parameter.ParameterType.Name}.{Enum.ToObject(parameter.ParameterType, value)}",
            object value => string.Create(CultureInfo.InvariantCulture, $" = {value}"),
        };
    }
}
