namespace Sparsum.Transformers.Checkpoints;

/// <summary>Sizes and names of element types.</summary>
public static class TensorDataTypes
{
    private static readonly Dictionary<string, TensorDataType> ByName =
        Enum.GetValues<TensorDataType>().ToDictionary(SafetensorsName, StringComparer.Ordinal);

    /// <summary>All names that safetensors headers may use, for messages.</summary>
    internal static string AllNames { get; } = string.Join(", ", ByName.Keys);

    /// <summary>Bits per element; 4 and 6 for types that share bytes.</summary>
    public static int BitCount(this TensorDataType type) => type switch
    {
        TensorDataType.F64 or TensorDataType.I64 or TensorDataType.U64 or TensorDataType.C64 => 64,
        TensorDataType.F32 or TensorDataType.I32 or TensorDataType.U32 => 32,
        TensorDataType.F16 or TensorDataType.BF16 or TensorDataType.I16 or TensorDataType.U16 => 16,
        TensorDataType.F6E2M3 or TensorDataType.F6E3M2 => 6,
        TensorDataType.F4 => 4,
        _ => 8,
    };

    /// <summary>Whether elements are integers; truth values count as 0 and 1.</summary>
    public static bool IsInteger(this TensorDataType type) => type
        is TensorDataType.I64 or TensorDataType.I32 or TensorDataType.I16 or TensorDataType.I8
        or TensorDataType.U64 or TensorDataType.U32 or TensorDataType.U16 or TensorDataType.U8 or TensorDataType.Bool;

    /// <summary>Whether elements can be read as float32.</summary>
    public static bool IsReadable(this TensorDataType type) => type
        is not (TensorDataType.F8E8M0 or TensorDataType.F8E4M3FNUZ or TensorDataType.F8E5M2FNUZ
            or TensorDataType.F6E2M3 or TensorDataType.F6E3M2 or TensorDataType.F4 or TensorDataType.C64);

    /// <summary>The name in safetensors headers, e.g. <c>BF16</c>.</summary>
    public static string SafetensorsName(this TensorDataType type) => type switch
    {
        TensorDataType.Bool => "BOOL",
        TensorDataType.F8E5M2 => "F8_E5M2",
        TensorDataType.F8E4M3 => "F8_E4M3",
        TensorDataType.F8E8M0 => "F8_E8M0",
        TensorDataType.F8E4M3FNUZ => "F8_E4M3FNUZ",
        TensorDataType.F8E5M2FNUZ => "F8_E5M2FNUZ",
        TensorDataType.F6E2M3 => "F6_E2M3",
        TensorDataType.F6E3M2 => "F6_E3M2",
        _ => type.ToString(),
    };

    /// <summary>Finds a type by its name in safetensors headers.</summary>
    public static bool TryParse(string name, out TensorDataType type) => ByName.TryGetValue(name, out type);
}
