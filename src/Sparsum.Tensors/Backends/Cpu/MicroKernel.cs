using Sparsum.Tensors.Backends.Cpu.Kernels;
using Sparsum.Tensors.Backends.Cpu.Tiles;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// The innermost product: a tile of <see cref="Rows"/> x <see cref="Columns"/> results that stays in registers while both operands stream
/// past, and the block sizes that keep these streams in cache (Goto and van de Geijn 2008; Van Zee and van de Geijn 2015).
/// </summary>
internal abstract unsafe class MicroKernel
{
    /// <summary>Floats that one step of depth fetches ahead.</summary>
    public const int PrefetchedFloats = 4;

    /// <summary>Names the sizes.</summary>
    protected MicroKernel(int rows, int columns, int depthBlock)
    {
        Rows = rows;
        Columns = columns;
        DepthBlock = depthBlock;
    }

    /// <summary>12 rows of 32 columns in 24 registers of 512 bits.</summary>
    public static MicroKernel Avx512Tall { get; } = new VectorKernel(InstructionSet.Avx512, 12, 32, 768, Avx512Kernels12x32.ByRows);

    /// <summary>8 rows of 48 columns in 24 registers of 512 bits.</summary>
    public static MicroKernel Avx512Wide { get; } = new VectorKernel(InstructionSet.Avx512, 8, 48, 768, Avx512Kernels8x48.ByRows);

    /// <summary>32 rows of 32 columns in 4 tile registers; the other four pass panels of two bfloat16 a value through.</summary>
    public static MicroKernel Tiles { get; } = new TileKernel();

    /// <summary>6 rows of 16 columns in 12 registers of 256 bits.</summary>
    public static MicroKernel Avx2 { get; } = new VectorKernel(InstructionSet.Avx2, 6, 16, 384, Avx2Kernels6x16.ByRows);

    /// <summary>6 rows of 8 columns in 12 registers of 128 bits.</summary>
    public static MicroKernel Portable { get; } = new VectorKernel(InstructionSet.Portable, 6, 8, 384, PortableKernels6x8.ByRows);

    /// <summary>Rows of a full tile; width of a panel of A.</summary>
    public int Rows { get; }

    /// <summary>Columns of a tile; width of a panel of B.</summary>
    public int Columns { get; }

    /// <summary>Most steps of depth between two visits of C. Large, so that C is read and written seldom.</summary>
    public int DepthBlock { get; }

    /// <summary>To a multiple of how many steps of depth panels are filled up with zeros.</summary>
    public virtual int DepthGranule => 1;

    /// <summary>Whether only whole tiles are computed, whatever rows they have.</summary>
    public virtual bool NeedsAllRows => false;

    /// <summary>Rows of A that are packed at once: with <see cref="DepthBlock"/> they fill less than half of a second-level cache.</summary>
    public int RowBlock => 144;

    /// <summary>Columns of B that are packed at once.</summary>
    public int ColumnBlock => 3072;

    /// <summary>The kernel for a machine and a number of columns: of equally fast tiles the one that wastes fewer columns.</summary>
    public static MicroKernel For(InstructionSet set, int columns) => set switch
    {
        InstructionSet.Tiles => Tiles,
        InstructionSet.Avx512 => Avx512Wide.PaddedColumns(columns) < Avx512Tall.PaddedColumns(columns) ? Avx512Wide : Avx512Tall,
        InstructionSet.Avx2 => Avx2,
        _ => Portable,
    };

    /// <summary>Columns that are computed, those of the last tile that nobody needs included.</summary>
    public long PaddedColumns(int columns) => ((long)columns + Columns - 1) / Columns * Columns;

    /// <summary>
    /// <c>C [rows, Columns] (+)= A · B</c> for one panel of each, of <paramref name="depth"/> packed steps; <paramref name="stride"/> is the distance of the rows of C in floats.
    /// What is needed soon may be named in <paramref name="next"/>, which need not be valid memory.
    /// </summary>
    public abstract void Run(int rows, nint depth, float* a, float* b, float* c, nint stride, bool accumulate, float* next);

    /// <summary>Stands before the first <see cref="Run"/> of a thread's piece of work.</summary>
    public virtual void Enter()
    {
    }

    /// <summary>Stands behind the last.</summary>
    public virtual void Leave()
    {
    }

    /// <summary>The steps of depth of a panel that holds so many.</summary>
    public int PackedDepth(int depth) => (depth + DepthGranule - 1) / DepthGranule * DepthGranule;

    /// <summary>
    /// Packs lanes of A, and so many steps of them, into panels of <see cref="PackedDepth"/> by <see cref="Rows"/>. The last is as narrow as what is left, unless
    /// the kernel needs all rows.
    /// </summary>
    public abstract void PackRows(GemmOperand operand, int firstLane, int lanes, int firstDepth, int depth, float* target);

    /// <summary>Packs lanes of B, and so many steps of them, into panels of <see cref="PackedDepth"/> by <see cref="Columns"/>.</summary>
    public abstract void PackColumns(GemmOperand operand, int firstLane, int lanes, int firstDepth, int depth, float* target);
}
