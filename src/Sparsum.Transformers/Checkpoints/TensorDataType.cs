namespace Sparsum.Transformers.Checkpoints;

/// <summary>Element types of tensors in checkpoints, as safetensors names them.</summary>
public enum TensorDataType
{
    /// <summary>IEEE binary64.</summary>
    F64,

    /// <summary>IEEE binary32.</summary>
    F32,

    /// <summary>IEEE binary16.</summary>
    F16,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>8-bit signed integer.</summary>
    I8,

    /// <summary>64-bit unsigned integer.</summary>
    U64,

    /// <summary>32-bit unsigned integer.</summary>
    U32,

    /// <summary>16-bit unsigned integer.</summary>
    U16,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>8-bit float, 5 exponent and 2 mantissa bits.</summary>
    F8E5M2,

    /// <summary>8-bit float, 4 exponent and 3 mantissa bits, no infinities.</summary>
    F8E4M3,

    /// <summary>8-bit power of two, the scale of block formats. Recognised and copied, not read as numbers.</summary>
    F8E8M0,

    /// <summary>4-bit float, two to a byte. Recognised and copied, not read as numbers.</summary>
    F4,

    /// <summary>6-bit float, 2 exponent and 3 mantissa bits. Recognised and copied, not read as numbers.</summary>
    F6E2M3,

    /// <summary>6-bit float, 3 exponent and 2 mantissa bits. Recognised and copied, not read as numbers.</summary>
    F6E3M2,

    /// <summary>Complex number of two IEEE binary32. Recognised and copied, not read as numbers.</summary>
    C64,

    /// <summary>8-bit float of some accelerators, 4 exponent bits, no infinities or negative zero. Recognised and copied only.</summary>
    F8E4M3FNUZ,

    /// <summary>8-bit float of some accelerators, 5 exponent bits, no infinities or negative zero. Recognised and copied only.</summary>
    F8E5M2FNUZ,
}
