using System.Text.RegularExpressions;
using CppSharp;
using CppSharp.AST;
using CppSharp.Parser;
using ClangParser = CppSharp.ClangParser;

namespace ConvNet.Bindings;

/// <summary>Parses the C headers with CppSharp, and keeps what the emitters need.</summary>
internal static class HeaderParser
{
    public static Interface Parse(string includeDirectory, string mainHeader)
    {
        var options = new ParserOptions { LanguageVersion = LanguageVersion.C99 };
        options.AddIncludeDirs(includeDirectory);
        options.Setup(Platform.Host);
        var main = Path.Combine(includeDirectory, mainHeader);
        var result = ClangParser.ParseSourceFile(main, options);
        RequireSuccess(result);

        var context = ClangParser.ConvertASTContext(options.ASTContext);
        var headers = context.TranslationUnits
            .Where(unit => unit.IsValid && IsBelow(includeDirectory, unit.FilePath))
            .OrderBy(unit => unit.FileName, StringComparer.Ordinal)
            .Select(ReadHeader)
            .Where(header => !header.IsEmpty)
            .ToList();
        return new Interface(headers, HeaderHash.Compute(includeDirectory));
    }

    private static void RequireSuccess(ParserResult result)
    {
        for (uint i = 0; i < result.DiagnosticsCount; i++)
        {
            var diagnostic = result.GetDiagnostics(i);
            Console.Error.WriteLine($"{diagnostic.FileName}({diagnostic.LineNumber}): {diagnostic.Message}");
        }

        if (result.Kind != ParserResultKind.Success)
        {
            throw new InvalidDataException("The headers do not parse.");
        }
    }

    private static bool IsBelow(string directory, string file)
    {
        return !Path.GetRelativePath(directory, file).StartsWith("..", StringComparison.Ordinal);
    }

    private static Header ReadHeader(TranslationUnit unit)
    {
        return new Header(
            unit.FileName,
            [.. ReadConstants(unit)],
            [.. InOrder(unit.Enums).Select(ReadEnum)],
            [.. InOrder(unit.Classes).Where(IsOpaque).Select(type => ReadOpaque(type, unit))],
            [.. InOrder(unit.Typedefs).Select(typedef => ReadCallback(typedef)).OfType<CallbackType>()],
            [.. InOrder(unit.Classes).Where(type => !IsOpaque(type)).Select(ReadStruct)],
            [.. InOrder(unit.Functions).Select(function => ReadFunction(function))]);
    }

    private static IEnumerable<T> InOrder<T>(IEnumerable<T> declarations)
        where T : Declaration
    {
        return declarations.OrderBy(declaration => declaration.LineNumberStart);
    }

    private static bool IsOpaque(Class type)
    {
        return type.IsIncomplete && type.CompleteDeclaration is null;
    }

    private static IEnumerable<Constant> ReadConstants(TranslationUnit unit)
    {
        // Clang attaches comments to declarations only, so those of macros are found in the text.
        var text = File.ReadAllText(unit.FilePath);
        foreach (var macro in unit.PreprocessedEntities.OfType<MacroDefinition>())
        {
            if (MacroValue.Parse(macro.Expression) is { } value)
            {
                var pattern = $@"(/\*\*(?:(?!\*/).)*\*/)\s*#define {macro.Name}\b";
                var comment = Regex.Match(text, pattern, RegexOptions.Singleline);
                yield return new Constant(macro.Name, value, Doxygen.Parse(comment.Groups[1].Value));
            }
        }
    }

    private static CEnum ReadEnum(Enumeration type)
    {
        if (type.Name.Length == 0)
        {
            throw new NotSupportedException("An enum without a name has no binding; name it or use macros.");
        }

        var items = type.Items.Select(item => new EnumItem(
            item.Name,
            checked((int)unchecked((long)item.Value)),
            CommentOf(item)));
        return new CEnum(type.Name, [.. items], CommentOf(type));
    }

    private static CallbackType? ReadCallback(TypedefNameDecl typedef)
    {
        var function = TypeReader.FunctionBehind(typedef.Type);
        return function is null ? null : TypeReader.ReadCallback(typedef.Name, function);
    }

    private static Struct ReadStruct(Class type)
    {
        if (type.IsUnion || type.Fields.Any(field => field.IsBitField))
        {
            throw new NotSupportedException($"'{type.Name}' is a union or has bit fields, which have no binding.");
        }

        var fields = type.Layout.Fields.Zip(type.Fields, (layout, field) => new Field(
            field.Name,
            TypeReader.Read(field.Type),
            layout.Offset,
            CommentOf(field)));
        return new Struct(type.Name, type.Layout.Size, type.Layout.Alignment, [.. fields], CommentOf(type));
    }

    private static Function ReadFunction(CppSharp.AST.Function function)
    {
        if (function.IsVariadic)
        {
            throw new NotSupportedException($"'{function.Name}' is variadic, which has no binding.");
        }

        var parameters = function.Parameters.Select(parameter =>
            new Parameter(parameter.Name, TypeReader.Read(parameter.Type)));
        return new Function(
            function.Name,
            TypeReader.Read(function.ReturnType.Type),
            [.. parameters],
            CommentOf(function));
    }

    private static Doxygen CommentOf(Declaration declaration)
    {
        return Doxygen.Parse(declaration.Comment?.Text);
    }

    // The comment of "typedef struct x x;" belongs to the typedef.
    private static Opaque ReadOpaque(Class type, TranslationUnit unit)
    {
        var typedef = unit.Typedefs.FirstOrDefault(typedef => typedef.Name == type.Name);
        return new Opaque(type.Name, Doxygen.Parse(type.Comment?.Text ?? typedef?.Comment?.Text));
    }
}
