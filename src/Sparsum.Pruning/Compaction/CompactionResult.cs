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
