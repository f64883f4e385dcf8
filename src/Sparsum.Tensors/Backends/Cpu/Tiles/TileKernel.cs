namespace Sparsum.Tensors.Backends.Cpu.Tiles;

/// <summary>The tile of <see cref="TileCode"/>, on panels of <see cref="SplitPacking"/>.</summary>
internal sealed unsafe class TileKernel() : MicroKernel(SplitPacking.Width, SplitPacking.Width, MostSteps)
{
    private const int MostSteps = 1024;

    /// <inheritdoc/>
    public override int DepthGranule => TileCode.Steps;

    /// <inheritdoc/>
    public override bool NeedsAllRows => true;

    /// <inheritdoc/>
    public override void Enter() => TileRegisters.Enter();

    /// <inheritdoc/>
    public override void Leave() => TileRegisters.Leave();

    /// <inheritdoc/>
    public override void Run(int rows, nint depth, float* a, float* b, float* c, nint stride, bool accumulate, float* next) =>
        TileCode.Run(depth, a, b, c, stride, accumulate);

    /// <inheritdoc/>
    public override void PackRows(GemmOperand operand, int firstLane, int lanes, int firstDepth, int depth, float* target) =>
        SplitPacking.Pack(operand, firstLane, lanes, firstDepth, depth, target, isLeft: true);

    /// <inheritdoc/>
    public override void PackColumns(GemmOperand operand, int firstLane, int lanes, int firstDepth, int depth, float* target) =>
        SplitPacking.Pack(operand, firstLane, lanes, firstDepth, depth, target, isLeft: false);
}
