namespace Sparsum.Tensors;

/// <summary>
/// How a weight that is only read is stored. Sums are always float32. One that a storage without zeros would make no smaller stays whole, as the same
/// storage with zeros.
/// </summary>
public enum StorageType
{
    /// <summary>IEEE binary32, packed in the panels that the matrix product reads.</summary>
    Float32,

    /// <summary>bfloat16: the upper half of a float32, rounded to nearest even.</summary>
    BFloat16,

    /// <summary>IEEE binary16.</summary>
    Float16,

    /// <summary>
    /// Signed 8-bit integers in blocks of 32 along a row, each with a binary16 factor: the numbers of GGUF's Q8_0. Inputs are rounded to
    /// such blocks as they come, and products within a block are integers. With the largest magnitude m of a block, a weight and an input
    /// are off by at most m / 252, and a weight by 3e-8 besides.
    /// </summary>
    Int8,

    /// <summary>
    /// Signed 8-bit integers with one float32 factor for each row; an input is rounded with one factor of its own as it comes, and a sum of
    /// products is one of integers. With the largest magnitude m of a row, a weight is off by at most m / 254, and so is an input by its largest:
    /// less exact than <see cref="Int8"/> where a few values stand out, faster for many tokens. The same bits for any number of tokens.
    /// </summary>
    Int8Rows,

    /// <summary>
    /// Weights as in <see cref="Int8Rows"/>, inputs with 16 bits: what rounding leaves is kept as integers too, in units of 1 / 254. An input is off by
    /// at most m / 129,032. For language models, whose inputs have a few values far larger than the others.
    /// </summary>
    Int8RowsA16,

    /// <summary>
    /// float32 without zeros where there are enough of them for that to be faster, in the form that suits their pattern; otherwise the
    /// same as <see cref="Float32"/>. For inputs of many tokens: one token gains from six zeros in seven, or from blocks.
    /// </summary>
    Sparse,

    /// <summary><see cref="BFloat16"/> without zeros, one bit for each place. The same results in less memory; for one token faster where zeros are many.</summary>
    SparseBFloat16,

    /// <summary><see cref="Int8"/> without zeros, one bit for each place. The same results in less memory; for one token as fast or faster, by processor.</summary>
    SparseInt8,

    /// <summary>
    /// <see cref="Int8RowsA16"/> without zeros: one bit for each place where the processor has AVX512-VBMI2, else four for each weight that is left.
    /// The same results; in less memory and faster for one token where zeros are half of all or more, for many tokens slower.
    /// </summary>
    SparseInt8RowsA16,

    /// <summary>The fastest of the storages that keep every weight as it is: today <see cref="Sparse"/>.</summary>
    Auto,
}
