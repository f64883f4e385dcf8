namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>A tile in vector registers.</summary>
/// <param name="set">What it needs of the machine.</param>
/// <param name="rows">Rows of a full tile.</param>
/// <param name="columns">Columns of a tile.</param>
/// <param name="depthBlock">Most steps of depth at once.</param>
/// <param name="byRows">The code for <c>r</c> rows, at <c>r - 1</c>.</param>
internal sealed unsafe class VectorKernel(
    InstructionSet set, int rows, int columns, int depthBlock, delegate*<nint, float*, float*, float*, nint, bool, float*, void>[] byRows)
    : MicroKernel(rows, columns, depthBlock)
{
    /// <inheritdoc/>
    public override void Run(int rows, nint depth, float* a, float* b, float* c, nint stride, bool accumulate, float* next) =>
        byRows[rows - 1](depth, a, b, c, stride, accumulate, next);

    /// <inheritdoc/>
    public override void PackRows(GemmOperand operand, int firstLane, int lanes, int firstDepth, int depth, float* target)
    {
        int rest = lanes % Rows;
        int whole = lanes - rest;
        PanelPacking.Pack(operand, firstLane, whole, firstDepth, depth, target, Rows, set);
        if (rest > 0)
        {
            PanelPacking.Pack(operand, firstLane + whole, rest, firstDepth, depth, target + ((nint)whole * depth), rest, set);
        }
    }

    /// <inheritdoc/>
    public override void PackColumns(GemmOperand operand, int firstLane, int lanes, int firstDepth, int depth, float* target) =>
        PanelPacking.Pack(operand, firstLane, lanes, firstDepth, depth, target, Columns, set);
}
