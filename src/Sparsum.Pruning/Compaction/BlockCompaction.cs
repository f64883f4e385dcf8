namespace Sparsum.Pruning.Compaction;

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
