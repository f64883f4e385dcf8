using System.Numerics.Tensors;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// A weight in 8-bit integers with a factor a row, in panels: four bytes of each row of a panel side by side, then the next four, and zeros to
/// whole chunks; or in rows without their zeros. An input is rounded with a factor of its own, so that all products with a row are one sum of integers: the same bits for any
/// number of inputs, on any instruction set.
/// </summary>
internal sealed unsafe class Int8RowsWeight : CpuWeight
{
    private readonly Int8RowProduct product;
    private readonly NativeBuffer? panels;
    private readonly NativeBuffer factors;
    private readonly NativeBuffer starts;

    /// <summary>Rounds a weight.</summary>
    /// <param name="weight"><c>[rows, columns]</c>.</param>
    /// <param name="storage">
    /// <see cref="StorageType.Int8Rows"/>, <see cref="StorageType.Int8RowsA16"/> or <see cref="StorageType.SparseInt8RowsA16"/>.
    /// </param>
    /// <param name="product">What multiplies it, whose panels it has.</param>
    /// <param name="pool">Where to do it.</param>
    /// <exception cref="ArgumentException">A value is not finite, or a row is longer than <see cref="Int8Rows.MostColumns"/>.</exception>
    public Int8RowsWeight(Tensor weight, StorageType storage, Int8RowProduct product, WorkerPool pool)
        : base(weight.RowCount, weight.Columns, storage)
    {
        if (Columns > Int8Rows.MostColumns)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{Storage} cannot hold {weight}: sums of products fit for rows of at most {Int8Rows.MostColumns} values."),
                nameof(weight));
        }

        this.product = product;
        Chunks = Int8Rows.Chunks(Columns);
        int rooms = GemmPass.CeilingDivide(Rows, Int8RowProduct.MostRowsAtOnce) * Int8RowProduct.MostRowsAtOnce;
        factors = new NativeBuffer((long)rooms * sizeof(float));
        starts = new NativeBuffer((long)rooms * sizeof(int));
        new Span<float>(factors.Pointer, rooms).Clear();
        new Span<int>(starts.Pointer, rooms).Clear();
        if (storage == StorageType.SparseInt8RowsA16)
        {
            void Encode(int row, byte* target) => this.Encode(weight, row, target);
            (Nonzeros, Windows) = product.ReadsWindows
                ? (null, new NonzeroWindows(Rows, RowBytes, Encode, pool))
                : (new NonzeroRows(Rows, RowBytes, sizeof(sbyte), Encode, pool), (NonzeroWindows?)null);
            return;
        }

        int count = GemmPass.CeilingDivide(Rows, product.PanelRows);
        panels = new NativeBuffer(count * PanelBytes);
        pool.For(count, (panel, _) =>
        {
            int firstRow = panel * product.PanelRows;
            using var room = new NativeBuffer(PanelBytes);
            for (int row = 0; row < RowsOfPanel(firstRow); row++)
            {
                Encode(weight, firstRow + row, (byte*)room.Pointer + ((nint)row * RowBytes));
            }

            Pack((byte*)room.Pointer, firstRow, (byte*)panels.Pointer + (panel * PanelBytes));
        });
    }

    /// <inheritdoc/>
    public override long ByteCount => (panels?.ByteCount ?? Nonzeros?.ByteCount ?? Windows!.ByteCount) + factors.ByteCount + starts.ByteCount;

    /// <summary>Chunks of a row.</summary>
    public int Chunks { get; }

    /// <summary>Whether inputs keep what their rounding leaves, as integers of their own.</summary>
    public bool KeepsRests => Storage != StorageType.Int8Rows;

    /// <summary>The rows without their zeros, in place of panels.</summary>
    public NonzeroRows? Nonzeros { get; }

    /// <summary>The same, as a product that <see cref="Int8RowProduct.ReadsWindows"/> has them.</summary>
    public NonzeroWindows? Windows { get; }

    /// <summary>Whether panels are put together when they are asked for.</summary>
    public bool LeavesZerosOut => panels is null;

    private int RowBytes => Chunks * Int8Rows.ChunkSize;

    private nint PanelBytes => (nint)product.PanelRows * RowBytes;

    /// <inheritdoc/>
    public override void Multiply(Tensor input, Tensor output, WorkerPool pool, bool rowwise = false) =>
        Multiply(input, null, Activation.Identity, output);

    /// <summary><c>output = activation(input · weightᵀ + bias)</c>.</summary>
    public void Multiply(Tensor input, Tensor? bias, Activation activation, Tensor output) => product.Run(this, input, bias, activation, output);

    /// <summary>Puts rows without zeros together, <see cref="Int8RowProduct.MostRowsAtOnce"/> from a multiple of that on, in memory behind room for a panel.</summary>
    public byte* PutTogether(int firstRow, WorkerScratch scratch)
    {
        byte* room = (byte*)scratch.Floats((PanelBytes + ((nint)Int8RowProduct.MostRowsAtOnce * RowBytes)) / sizeof(float));
        Windows?.Expand(firstRow / NonzeroWindows.BlockRows, room + PanelBytes);
        for (int row = 0; Nonzeros is not null && row < Math.Min(Int8RowProduct.MostRowsAtOnce, Rows - firstRow); row++)
        {
            Nonzeros.Expand(firstRow + row, room + PanelBytes + ((nint)row * RowBytes));
        }

        return room;
    }

    /// <summary>The panel that begins with a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="room">Where <see cref="PutTogether"/> put it, where zeros are left out.</param>
    public byte* Panel(int row, byte* room)
    {
        if (panels is not null)
        {
            return (byte*)panels.Pointer + (row / product.PanelRows * PanelBytes);
        }

        Pack(room + PanelBytes + ((nint)(row % Int8RowProduct.MostRowsAtOnce) * RowBytes), row, room);
        return room;
    }

    /// <summary>The factors of a row and of those behind it, with 0 for rows that only fill a panel up.</summary>
    public float* Factors(int row) => (float*)factors.Pointer + row;

    /// <summary>What the sums of a row and of those behind it start at.</summary>
    public int* Starts(int row) => (int*)starts.Pointer + row;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        panels?.Dispose();
        Nonzeros?.Dispose();
        Windows?.Dispose();
        factors.Dispose();
        starts.Dispose();
    }

    private int RowsOfPanel(int firstRow) => Math.Min(product.PanelRows, Rows - firstRow);

    /// <summary>Rounds a row.</summary>
    private void Encode(Tensor weight, int row, byte* target)
    {
        float factor = Int8Rows.Quantize(weight.Pointer + ((nint)row * Columns), Columns, target, null, Int8Rows.ChunkSize, 0);
        if (float.IsNaN(factor))
        {
            float value = TensorPrimitives.MaxMagnitude<float>(weight.Row(row));
            throw new ArgumentException(FormattableString.Invariant($"{Storage} cannot hold {value} in row {row} of {weight}."), nameof(weight));
        }

        int sum = 0;
        foreach (sbyte integer in new ReadOnlySpan<sbyte>(target, RowBytes))
        {
            sum += integer;
        }

        *Factors(row) = factor;
        *Starts(row) = -product.InputOffset * sum;
    }

    /// <summary>Lays four bytes of each row of a panel side by side.</summary>
    private void Pack(byte* rows, int firstRow, byte* panel)
    {
        int steps = RowBytes / Int8Tile.Quad;
        var words = GemmOperand.Left(MatrixProduct.NT, (float*)rows, steps);
        PanelPacking.Pack(words, 0, RowsOfPanel(firstRow), 0, steps, (float*)panel, product.PanelRows, InstructionSets.Best);
    }
}
