namespace Sparsum.Tensors.Backends.Cpu.Sparse;

/// <summary>How a weight with many zeros is best multiplied.</summary>
internal enum SparseForm
{
    /// <summary>Its zeros are too few: all values, in panels.</summary>
    Panels,

    /// <summary>The nonzeros of each row.</summary>
    Rows,

    /// <summary>Columns of four neighbouring rows that share their pattern (4x1 blocks).</summary>
    Groups,
}
