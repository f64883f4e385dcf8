namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>How the elements of a GGUF tensor are stored; the values are those of the file format.</summary>
public enum GgufTensorType
{
    /// <summary>IEEE binary32.</summary>
    F32 = 0,

    /// <summary>IEEE binary16.</summary>
    F16 = 1,

    /// <summary>Blocks of 32: 4 bits and a scale.</summary>
    Q4_0 = 2,

    /// <summary>Blocks of 32: 4 bits, a scale and a minimum.</summary>
    Q4_1 = 3,

    /// <summary>Blocks of 32: 5 bits and a scale.</summary>
    Q5_0 = 6,

    /// <summary>Blocks of 32: 5 bits, a scale and a minimum.</summary>
    Q5_1 = 7,

    /// <summary>Blocks of 32: 8 bits and a scale.</summary>
    Q8_0 = 8,

    /// <summary>Blocks of 256: 2 bits, 4-bit scales and minima of 16.</summary>
    Q2_K = 10,

    /// <summary>Blocks of 256: 3 bits, 6-bit scales of 16.</summary>
    Q3_K = 11,

    /// <summary>Blocks of 256: 4 bits, 6-bit scales and minima of 32.</summary>
    Q4_K = 12,

    /// <summary>Blocks of 256: 5 bits, 6-bit scales and minima of 32.</summary>
    Q5_K = 13,

    /// <summary>Blocks of 256: 6 bits, 8-bit scales of 16.</summary>
    Q6_K = 14,

    /// <summary>Blocks of 32: 4 bits into a table of uneven steps, and a scale.</summary>
    IQ4_NL = 20,

    /// <summary>Blocks of 256: 4 bits into the same table, 6-bit scales of 32.</summary>
    IQ4_XS = 23,

    /// <summary>bfloat16.</summary>
    BF16 = 30,
}

/// <summary>Sizes of <see cref="GgufTensorType"/>.</summary>
internal static class GgufTensorTypes
{
    // Types of the format that are not read, so that a message can name them.
    private static readonly Dictionary<uint, string> Others = new()
    {
        [9] = "Q8_1",
        [15] = "Q8_K",
        [16] = "IQ2_XXS",
        [17] = "IQ2_XS",
        [18] = "IQ3_XXS",
        [19] = "IQ1_S",
        [21] = "IQ3_S",
        [22] = "IQ2_S",
        [24] = "I8",
        [25] = "I16",
        [26] = "I32",
        [27] = "I64",
        [28] = "F64",
        [29] = "IQ1_M",
        [34] = "TQ1_0",
        [35] = "TQ2_0",
        [39] = "MXFP4",
    };

    /// <summary>All names, for messages.</summary>
    public static string AllNames { get; } = string.Join(", ", Enum.GetNames<GgufTensorType>());

    /// <summary>The name of a type number.</summary>
    public static string NameOf(uint type) => Others.TryGetValue(type, out string? name) ? name : $"type {type}";

    /// <summary>Elements that share a block.</summary>
    public static int BlockElements(this GgufTensorType type) => type switch
    {
        GgufTensorType.F32 or GgufTensorType.F16 or GgufTensorType.BF16 => 1,
        GgufTensorType.Q2_K or GgufTensorType.Q3_K or GgufTensorType.Q4_K or GgufTensorType.Q5_K or GgufTensorType.Q6_K
            or GgufTensorType.IQ4_XS => 256,
        _ => 32,
    };

    /// <summary>Bytes of a block.</summary>
    public static int BlockBytes(this GgufTensorType type) => type switch
    {
        GgufTensorType.F32 => 4,
        GgufTensorType.F16 or GgufTensorType.BF16 => 2,
        GgufTensorType.Q4_0 or GgufTensorType.IQ4_NL => 18,
        GgufTensorType.Q4_1 => 20,
        GgufTensorType.Q5_0 => 22,
        GgufTensorType.Q5_1 => 24,
        GgufTensorType.Q8_0 => 34,
        GgufTensorType.Q2_K => 84,
        GgufTensorType.Q3_K => 110,
        GgufTensorType.Q4_K => 144,
        GgufTensorType.Q5_K => 176,
        GgufTensorType.Q6_K => 210,
        GgufTensorType.IQ4_XS => 136,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of this format."),
    };

    /// <summary>Bytes of a row of so many elements, a multiple of the block.</summary>
    public static long RowBytes(this GgufTensorType type, long elements) => checked(elements / type.BlockElements() * type.BlockBytes());

    /// <summary>The element type that tensors of this type have for readers: 16-bit ones as they are, all others widened.</summary>
    public static TensorDataType DataType(this GgufTensorType type) => type switch
    {
        GgufTensorType.F16 => TensorDataType.F16,
        GgufTensorType.BF16 => TensorDataType.BF16,
        _ => TensorDataType.F32,
    };
}
