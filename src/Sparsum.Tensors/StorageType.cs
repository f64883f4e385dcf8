namespace Sparsum.Tensors;

/// <summary>How a weight that is only read is stored. Arithmetic is always float32.</summary>
public enum StorageType
{
    /// <summary>IEEE binary32, packed in the panels that the matrix product reads.</summary>
    Float32,

    /// <summary>bfloat16: the upper half of a float32, rounded to nearest even.</summary>
    BFloat16,

    /// <summary>IEEE binary16.</summary>
    Float16,

    /// <summary>Signed 8-bit integers with one float32 scale per row.</summary>
    Int8,

    /// <summary>
    /// float32 without zeros where there are enough of them for that to be faster, in the form that suits their pattern; otherwise the
    /// same as <see cref="Float32"/>. For inputs of many tokens: one token gains from six zeros in seven, or from blocks.
    /// </summary>
    Sparse,
}
