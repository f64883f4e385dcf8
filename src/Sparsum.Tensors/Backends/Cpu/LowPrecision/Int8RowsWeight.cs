using System.Numerics.Tensors;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// A weight in 8-bit integers with a factor a row, in panels: four bytes of each row of a panel side by side, then the next four, and zeros to
/// whole chunks. An input is rounded with a factor of its own, so that all products with a row are one sum of integers: the same bits for any
/// number of inputs, on any instruction set.
/// </summary>
internal sealed unsafe class Int8RowsWeight : CpuWeight
{
    private readonly Int8RowProduct product;
    private readonly NativeBuffer panels;
    private readonly NativeBuffer factors;
    private readonly NativeBuffer starts;

    /// <summary>Rounds a weight.</summary>
    /// <param name="weight"><c>[rows, columns]</c>.</param>
    /// <param name="keepsRests">Whether inputs keep what their rounding leaves.</param>
    /// <param name="product">What multiplies it, whose panels it has.</param>
    /// <param name="pool">Where to do it.</param>
    /// <exception cref="ArgumentException">A value is not finite, or a row is longer than <see cref="Int8Rows.MostColumns"/>.</exception>
    public Int8RowsWeight(Tensor weight, bool keepsRests, Int8RowProduct product, WorkerPool pool)
        : base(weight.RowCount, weight.Columns, keepsRests ? StorageType.Int8RowsA16 : StorageType.Int8Rows)
    {
        if (Columns > Int8Rows.MostColumns)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{Storage} cannot hold {weight}: sums of products fit for rows of at most {Int8Rows.MostColumns} values."),
                nameof(weight));
        }

        this.product = product;
        Chunks = Int8Rows.Chunks(Columns);
        int count = GemmPass.CeilingDivide(Rows, product.PanelRows);
        int rooms = count * product.PanelRows;
        panels = new NativeBuffer(count * PanelBytes);
        factors = new NativeBuffer((long)rooms * sizeof(float));
        starts = new NativeBuffer((long)rooms * sizeof(int));
        new Span<float>(factors.Pointer, rooms).Clear();
        new Span<int>(starts.Pointer, rooms).Clear();
        pool.For(count, (panel, _) => Pack(weight, panel));
    }

    /// <inheritdoc/>
    public override long ByteCount => panels.ByteCount + factors.ByteCount + starts.ByteCount;

    /// <summary>Chunks of a row.</summary>
    public int Chunks { get; }

    /// <summary>Whether inputs keep what their rounding leaves, as integers of their own.</summary>
    public bool KeepsRests => Storage == StorageType.Int8RowsA16;

    private nint PanelBytes => (nint)product.PanelRows * Chunks * Int8Rows.ChunkSize;

    /// <inheritdoc/>
    public override void Multiply(Tensor input, Tensor output, WorkerPool pool, bool rowwise = false) =>
        Multiply(input, null, Activation.Identity, output);

    /// <summary><c>output = activation(input · weightᵀ + bias)</c>.</summary>
    public void Multiply(Tensor input, Tensor? bias, Activation activation, Tensor output) => product.Run(this, input, bias, activation, output);

    /// <summary>The panel that begins with a row.</summary>
    public byte* Panel(int row) => (byte*)panels.Pointer + (row / product.PanelRows * PanelBytes);

    /// <summary>The factors of a row and of those behind it, with 0 for rows that only fill a panel up.</summary>
    public float* Factors(int row) => (float*)factors.Pointer + row;

    /// <summary>What the sums of a row and of those behind it start at.</summary>
    public int* Starts(int row) => (int*)starts.Pointer + row;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        panels.Dispose();
        factors.Dispose();
        starts.Dispose();
    }

    private void Pack(Tensor weight, int panel)
    {
        int firstRow = panel * product.PanelRows;
        int rows = Math.Min(product.PanelRows, Rows - firstRow);
        int rowBytes = Chunks * Int8Rows.ChunkSize;
        using var room = new NativeBuffer((long)rows * rowBytes);
        for (int i = 0; i < rows; i++)
        {
            int row = firstRow + i;
            byte* integers = (byte*)room.Pointer + ((nint)i * rowBytes);
            float factor = Int8Rows.Quantize(weight.Pointer + ((nint)row * Columns), Columns, integers, null, Int8Rows.ChunkSize, 0);
            if (float.IsNaN(factor))
            {
                float value = TensorPrimitives.MaxMagnitude<float>(weight.Row(row));
                throw new ArgumentException(FormattableString.Invariant($"{Storage} cannot hold {value} in row {row} of {weight}."), nameof(weight));
            }

            int sum = 0;
            foreach (sbyte integer in new ReadOnlySpan<sbyte>(integers, rowBytes))
            {
                sum += integer;
            }

            *Factors(row) = factor;
            *Starts(row) = -product.InputOffset * sum;
        }

        int steps = rowBytes / Int8Tile.Quad;
        var words = GemmOperand.Left(MatrixProduct.NT, (float*)room.Pointer, steps);
        PanelPacking.Pack(words, 0, rows, 0, steps, (float*)Panel(firstRow), product.PanelRows, InstructionSets.Best);
    }
}
