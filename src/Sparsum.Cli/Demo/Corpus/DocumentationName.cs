namespace Sparsum.Cli.Demo.Corpus;

/// <summary>
/// Reads documentation identifiers as the C# specification defines them (annex "Documentation comments", ID string format):
/// <c>M:Namespace.Type`1.Member``1(parameters)</c>.
/// </summary>
internal static class DocumentationName
{
    /// <summary>The kind; null for anything that is no type or member.</summary>
    public static DocumentationKind? KindOf(string id) => id.Length < 3 || id[1] != ':' ? null : id[0] switch
    {
        'T' => DocumentationKind.Type,
        'M' => Path(id).EndsWith("ctor", StringComparison.Ordinal) ? DocumentationKind.Constructor : DocumentationKind.Method,
        'P' => DocumentationKind.Property,
        'F' => DocumentationKind.Field,
        'E' => DocumentationKind.Event,
        _ => null,
    };

    /// <summary>The full name without kind, parameters and return type: <c>System.Collections.Generic.List`1.Add</c>.</summary>
    public static string Path(string id)
    {
        int start = id.Length > 1 && id[1] == ':' ? 2 : 0;
        int end = id.AsSpan(start).IndexOfAny('(', '~', '{');
        return end < 0 ? id[start..] : id[start..(start + end)];
    }

    /// <summary>What a reader would call it: the last part of the name without generic arity; of a constructor the type's.</summary>
    public static string Short(string id)
    {
        var parts = Path(id).Split('.', StringSplitOptions.RemoveEmptyEntries);
        string last = parts.LastOrDefault(part => part is not ("#ctor" or "#cctor")) ?? "";
        last = last[(last.LastIndexOf('#') + 1)..];
        int arity = last.IndexOf('`', StringComparison.Ordinal);
        return arity < 0 ? last : last[..arity];
    }

    /// <summary>The outermost type of a type or member: the shortest part of its name that is a known type.</summary>
    public static string OutermostType(string id, IReadOnlySet<string> knownTypes)
    {
        string path = Path(id);
        string declaring = id[0] == 'T' ? path : Parent(path);
        for (int dot = declaring.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = declaring.IndexOf('.', dot + 1))
        {
            if (knownTypes.Contains(declaring[..dot]))
            {
                return declaring[..dot];
            }
        }

        return declaring;
    }

    /// <summary>All but the last part of a name.</summary>
    public static string Parent(string path) => path[..Math.Max(0, path.LastIndexOf('.'))];
}
