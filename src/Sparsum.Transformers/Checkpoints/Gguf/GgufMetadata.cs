using System.Globalization;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>Types of metadata values; the values are those of the file format.</summary>
internal enum GgufValueType : uint
{
    UInt8 = 0,
    Int8 = 1,
    UInt16 = 2,
    Int16 = 3,
    UInt32 = 4,
    Int32 = 5,
    Float32 = 6,
    Bool = 7,
    String = 8,
    Array = 9,
    UInt64 = 10,
    Int64 = 11,
    Float64 = 12,
}

/// <summary>
/// The key-value pairs of a GGUF file, in their order. Integers are kept as <see cref="long"/> (64-bit unsigned ones as
/// <see cref="ulong"/>), 32-bit floats as <see cref="float"/>, arrays as arrays of those.
/// </summary>
internal sealed class GgufMetadata
{
    private readonly OrderedDictionary<string, (GgufValueType Type, object Value)> entries = new(StringComparer.Ordinal);

    /// <summary>Takes entries of a file, for messages.</summary>
    public GgufMetadata(string file = "") => File = file;

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>All entries in order.</summary>
    public IReadOnlyDictionary<string, (GgufValueType Type, object Value)> Entries => entries;

    /// <summary>The value of <c>general.architecture</c>.</summary>
    public string Architecture => Text("general.architecture")
        ?? throw GgufException.Malformed(File, "it names no architecture.", expected: "general.architecture");

    /// <summary>Adds an entry.</summary>
    /// <returns>Whether the key is new.</returns>
    public bool TryAdd(string key, GgufValueType type, object value) => entries.TryAdd(key, (type, value));

    /// <summary>Sets a text.</summary>
    public void Set(string key, string value) => entries[key] = (GgufValueType.String, value);

    /// <summary>Sets an unsigned 32-bit number.</summary>
    public void Set(string key, uint value) => entries[key] = (GgufValueType.UInt32, (long)value);

    /// <summary>Sets a 32-bit float.</summary>
    public void Set(string key, float value) => entries[key] = (GgufValueType.Float32, value);

    /// <summary>Sets a switch.</summary>
    public void Set(string key, bool value) => entries[key] = (GgufValueType.Bool, value);

    /// <summary>Sets a list of texts, 32-bit floats or 32-bit integers.</summary>
    public void Set<T>(string key, T[] values)
        where T : notnull => entries[key] = (GgufValueType.Array, values);

    /// <summary>Whether there is an entry.</summary>
    public bool Has(string key) => entries.ContainsKey(key);

    /// <summary>A text, or null.</summary>
    public string? Text(string key) => Find(key) switch
    {
        null => null,
        string text => text,
        var other => throw WrongType(key, other, "a text"),
    };

    /// <summary>A number that fits 32 bits, or null.</summary>
    public int? Integer(string key) => Find(key) switch
    {
        null => null,
        long number and >= int.MinValue and <= int.MaxValue => (int)number,
        ulong number and <= int.MaxValue => (int)number,
        var other => throw WrongType(key, other, "a number of at most 31 bits"),
    };

    /// <summary>A finite number, or null. A 32-bit float becomes the shortest decimal that rounds to it.</summary>
    public double? Number(string key) => Find(key) switch
    {
        null => null,
        float number when float.IsFinite(number) => Shortest(number),
        double number when double.IsFinite(number) => number,
        long number => number,
        ulong number => number,
        var other => throw WrongType(key, other, "a finite number"),
    };

    /// <summary>A switch, or null.</summary>
    public bool? Flag(string key) => Find(key) switch
    {
        null => null,
        bool flag => flag,
        var other => throw WrongType(key, other, "a truth value"),
    };

    /// <summary>A list, or null.</summary>
    public T[]? List<T>(string key) => Find(key) switch
    {
        null => null,
        T[] list => list,
        Array { Length: 0 } => [],
        var other => throw WrongType(key, other, $"a list of {typeof(T).Name} values"),
    };

    /// <summary>The shortest decimal that rounds to a 32-bit float: 1e-05 and not 9.99999974737875e-06.</summary>
    public static double Shortest(float value) =>
        double.Parse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture);

    private object? Find(string key) => entries.TryGetValue(key, out var entry) ? entry.Value : null;

    private GgufException WrongType(string key, object found, string expected) => GgufException.Malformed(
        File, $"the value of {key} is of a kind that it cannot have.", found is Array ? $"{found.GetType().Name}" : $"{found}", expected);
}
