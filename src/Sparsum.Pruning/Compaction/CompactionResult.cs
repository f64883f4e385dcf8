namespace Sparsum.Pruning.Compaction;

/// <summary>What a compaction did.</summary>
public sealed record CompactionResult
{
    /// <summary>How it was done.</summary>
    public required CompactionOptions Options { get; init; }

    /// <summary>Every block.</summary>
    public required IReadOnlyList<BlockCompaction> Blocks { get; init; }

    /// <summary>Values of the input's parameters.</summary>
    public required long ParametersBefore { get; init; }

    /// <summary>Values of the output's parameters.</summary>
    public required long ParametersAfter { get; init; }

    /// <summary>Bytes of the input's tensors.</summary>
    public required long BytesBefore { get; init; }

    /// <summary>Bytes of the output's tensors.</summary>
    public required long BytesAfter { get; init; }

    /// <summary>Weights in the matrices of the blocks of the dense model: what a sparsity is a share of.</summary>
    public required long DenseElements { get; init; }

    /// <summary>Nonzeros among them in the input.</summary>
    public required long NonZerosBefore { get; init; }

    /// <summary>Nonzeros among them in the output; the others went with a dead head or neuron, where they had no effect.</summary>
    public required long NonZerosAfter { get; init; }

    /// <summary>The same for the matrices alone that sparse training regularises: query, key, value and the MLP.</summary>
    public required long RegularisedElements { get; init; }

    /// <summary>Nonzeros among them in the input.</summary>
    public required long RegularisedNonZerosBefore { get; init; }

    /// <summary>Nonzeros among them in the output.</summary>
    public required long RegularisedNonZerosAfter { get; init; }

    /// <summary>What a user should know of the choices that were made.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    /// <summary>Share of zeros in the input, what is removed counting as zero.</summary>
    public double SparsityBefore => 1 - ((double)NonZerosBefore / DenseElements);

    /// <summary>Share of zeros in the output, what is removed counting as zero.</summary>
    public double SparsityAfter => 1 - ((double)NonZerosAfter / DenseElements);

    /// <summary>Share of zeros in the regularised matrices of the input, by which sparse training counts.</summary>
    public double RegularisedSparsityBefore => 1 - ((double)RegularisedNonZerosBefore / RegularisedElements);

    /// <summary>The same in the output.</summary>
    public double RegularisedSparsityAfter => 1 - ((double)RegularisedNonZerosAfter / RegularisedElements);
}

/// <summary>What became of a block.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Name">Its checkpoint prefix.</param>
/// <param name="Before">Its size in the input.</param>
/// <param name="After">Its size in the output.</param>
/// <param name="DeadHeads">Heads that add nothing or a constant, counted from the full size.</param>
/// <param name="DeadNeurons">Neurons that add nothing or a constant, counted from the full size.</param>
/// <param name="DeadInputs">Columns of matrices that go since no row uses them, beyond those of heads and neurons.</param>
/// <param name="DeadOutputs">Rows of matrices that go since they are all zero, beyond those of heads and neurons.</param>
/// <param name="SparseMatrices">Matrices that are stored sparse.</param>
public sealed record BlockCompaction(
    int Index,
    string Name,
    BlockSize Before,
    BlockSize After,
    int DeadHeads,
    int DeadNeurons,
    int DeadInputs,
    int DeadOutputs,
    int SparseMatrices);

/// <summary>How large a block is.</summary>
/// <param name="Heads">Query heads, those of cross-attention included.</param>
/// <param name="Neurons">Intermediate neurons.</param>
/// <param name="Parameters">Values, biases and norms included.</param>
/// <param name="Bytes">Bytes of its tensors in the files.</param>
public sealed record BlockSize(int Heads, int Neurons, long Parameters, long Bytes);
