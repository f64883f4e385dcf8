namespace Sparsum.Tensors.Backends.Cpu;

/// <summary><c>C [Rows, Columns] = (C +) A · B</c>, then bias and activation: what is to be computed, on raw memory.</summary>
internal unsafe struct GemmProblem
{
    /// <summary>The tile to compute with.</summary>
    public required MicroKernel Kernel;

    /// <summary>Rows of the result.</summary>
    public required int Rows;

    /// <summary>Columns of the result.</summary>
    public required int Columns;

    /// <summary>Length of the sums.</summary>
    public required int Depth;

    /// <summary>The left operand.</summary>
    public required GemmOperand A;

    /// <summary>The right operand; not read when <see cref="PackedB"/> is given.</summary>
    public GemmOperand B;

    /// <summary>All panels of the right operand, packed over the whole depth, or null.</summary>
    public float* PackedB;

    /// <summary>The result.</summary>
    public required float* C;

    /// <summary>Floats from one row of the result to the next.</summary>
    public required nint CStride;

    /// <summary>Whether the product is added to what C holds.</summary>
    public bool Accumulate;

    /// <summary>
    /// Whether rows of the result have room for whole tiles of the kernel, behind <see cref="Columns"/> too. What is written there is 0.
    /// </summary>
    public bool HasRoom;

    /// <summary>Added to each row at the end, or null.</summary>
    public float* Bias;

    /// <summary>Applied to each element after the bias.</summary>
    public Activation Activation;

    /// <summary>
    /// Whether all rows make one tile, so that each packed panel of B is read once: blocks of depth that stay in a cache would gain nothing,
    /// and panels are read from front to back.
    /// </summary>
    public readonly bool ReadsPanelsOnce => PackedB is not null && Rows <= Kernel.Rows && !Kernel.NeedsAllRows;

    /// <summary>Whether anything follows the product.</summary>
    public readonly bool HasEpilogue => Bias is not null || Activation != Activation.Identity;
}
