using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.MachineCode;
using Sparsum.Tensors.Backends.Cpu.Vectors;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Products of inputs with weights of <see cref="Int8RowsWeight"/>. Callers take turns.</summary>
internal sealed unsafe class Int8RowProduct : IDisposable
{
    /// <summary>Rows that are one piece of work, where zeros are left out; a multiple of every panel's rows.</summary>
    public const int MostRowsAtOnce = NonzeroWindows.BlockRows;

    /// <summary>Rows of inputs up to which vectors are faster than tiles.</summary>
    private const int MostByVectors = 8;

    /// <summary>Inputs that pass a panel while both stay in cache: whole tiles of every kernel.</summary>
    private const int TokensAtOnce = 192;

    /// <summary>Tokens up to which windows are faster than rows that are put together.</summary>
    private const int MostByWindows = 16;

    private readonly WorkerPool pool;
    private readonly IInt8RowKernel few;
    private readonly IInt8RowKernel many;
    private readonly INonzeroKernel? windows;
    private readonly Lock callers = new();
    private readonly ScratchBuffer memory = new();
    private readonly WorkerScratch[] scratches;

    /// <summary>Uses a pool that stays the caller's, and the best kernels of this machine.</summary>
    public Int8RowProduct(WorkerPool pool)
        : this(pool, IInt8RowKernel.ForFew, IInt8RowKernel.ForMany, ByteExpandCode.IsSupported ? null : INonzeroKernel.Best)
    {
    }

    /// <summary>The same with kernels for few and many inputs, which read the same panels, and for few by rows without zeros, if they are not bits and bytes.</summary>
    internal Int8RowProduct(WorkerPool pool, IInt8RowKernel few, IInt8RowKernel many, INonzeroKernel? windows)
    {
        this.pool = pool;
        this.few = few;
        this.many = many;
        this.windows = windows;
        scratches = WorkerScratch.ForEach(pool, InstructionSets.Best);
    }

    /// <summary>Rows of a panel of a weight.</summary>
    public int PanelRows => few.PanelRows;

    /// <summary>Whether rows without zeros are to be <see cref="NonzeroWindows"/>.</summary>
    public bool ReadsWindows => windows is not null;

    /// <summary>The share of weights that are not zero from which on it does not pay to leave zeros out.</summary>
    public double MostNonzeros => ReadsWindows ? NonzeroWindows.MostNonzeros : NonzeroRows.MostNonzeros(sizeof(sbyte));

    /// <summary>What kernels for few inputs add to them; the others need none, or the same.</summary>
    public int InputOffset => few.InputOffset;

    /// <summary><c>output = activation(input · weightᵀ + bias)</c>, sizes checked; finished while results are in cache.</summary>
    public void Run(Int8RowsWeight weight, Tensor input, Tensor? bias, Activation activation, Tensor output)
    {
        lock (callers)
        {
            int pieces = GemmPass.CeilingDivide(weight.Rows, MostRowsAtOnce);
            if (weight.Windows is not null && input.RowCount <= MostByWindows)
            {
                var rounded = new Int8RowInputs(input, weight.KeepsRests, inTiles: false, windows!.InputOffset, memory, pool);
                pool.For(pieces, (piece, _) => Multiply(windows, weight, rounded, piece * MostRowsAtOnce, bias, activation, output));
                return;
            }

            var kernel = input.RowCount * Int8RowInputs.RowsOf(weight.KeepsRests) <= MostByVectors ? few : many;
            var inputs = new Int8RowInputs(input, weight.KeepsRests, kernel.ReadsTiles, kernel.InputOffset, memory, pool);
            if (weight.Nonzeros is { } nonzeros && inputs is { Count: 1, RowsOfInput: ByteExpandCode.InputCount } && kernel is Int8WideKernel && ByteExpandCode.IsSupported)
            {
                pool.For(pieces, (piece, _) => Multiply(nonzeros, weight, inputs, piece * MostRowsAtOnce, bias, activation, output));
                return;
            }

            // What is put together from its nonzeros is put together once.
            int tokensAtOnce = weight.LeavesZerosOut ? Math.Max(1, inputs.Count) : TokensAtOnce;
            int rowsAtOnce = weight.LeavesZerosOut ? MostRowsAtOnce : PanelRows;
            int parts = GemmPass.CeilingDivide(weight.Rows, rowsAtOnce);
            pool.For(parts * GemmPass.CeilingDivide(inputs.Count, tokensAtOnce), (piece, worker) =>
            {
                int first = piece / parts * tokensAtOnce;
                int last = Math.Min(first + tokensAtOnce, inputs.Count);
                int firstRow = piece % parts * rowsAtOnce;
                byte* room = weight.LeavesZerosOut ? weight.PutTogether(firstRow, scratches[worker]) : null;
                for (int row = firstRow; row < Math.Min(firstRow + rowsAtOnce, weight.Rows); row += PanelRows)
                {
                    Multiply(kernel, weight, inputs, first, last, row, weight.Panel(row, room), bias, activation, output);
                }
            });
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        memory.Dispose();
        Array.ForEach(scratches, scratch => scratch.Dispose());
    }

    /// <summary>Tokens by the rows of a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(
        IInt8RowKernel kernel, Int8RowsWeight weight, Int8RowInputs inputs, int firstToken, int lastToken, int firstRow, byte* panel, Tensor? bias,
        Activation activation, Tensor output)
    {
        int width = kernel.PanelRows;
        int rows = Math.Min(width, weight.Rows - firstRow);
        int* sums = stackalloc int[kernel.InputRows * width];
        float* addends = stackalloc float[width];
        TakeBias(bias, firstRow, rows, addends, width);
        kernel.Enter();
        int rowsOfInput = inputs.RowsOfInput;
        int atOnce = kernel.InputRows / rowsOfInput;
        for (int token = firstToken; token < lastToken; token += atOnce)
        {
            int count = Math.Min(atOnce, lastToken - token);
            float* results = output.Pointer + ((nint)token * weight.Rows) + firstRow;
            Fetch(results, count, rows, weight.Rows);
            kernel.Run(inputs, token * rowsOfInput, count * rowsOfInput, panel, weight.Starts(firstRow), weight.Chunks, sums);
            Finish(sums, count, width, rows, weight, inputs.Factors(token), firstRow, addends, activation, results);
        }

        kernel.Leave();
    }

    /// <summary>One token by rows without their zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(
        NonzeroRows nonzeros, Int8RowsWeight weight, Int8RowInputs inputs, int firstRow, Tensor? bias, Activation activation, Tensor output)
    {
        int rows = Math.Min(MostRowsAtOnce, weight.Rows - firstRow);
        int* parts = stackalloc int[MostRowsAtOnce * ByteExpandCode.InputCount * ByteExpandCode.Lanes];
        int* sums = stackalloc int[MostRowsAtOnce * ByteExpandCode.InputCount];
        float* addends = stackalloc float[MostRowsAtOnce];
        TakeBias(bias, firstRow, rows, addends, MostRowsAtOnce);
        var operands = new ByteExpandCode.Operands
        {
            Masks = nonzeros.MasksOf(firstRow),
            Values = nonzeros.ValuesOf(firstRow),
            Inputs = inputs.Integers(0),
            InputStride = (nint)weight.Chunks * Int8Rows.ChunkSize,
            Chunks = weight.Chunks,
            Rows = rows,
            Sums = parts,
        };
        ByteExpandCode.Run(&operands);
        int* starts = weight.Starts(firstRow);
        for (int row = 0; row < MostRowsAtOnce; row++)
        {
            for (int i = 0; i < ByteExpandCode.InputCount; i++, parts += ByteExpandCode.Lanes)
            {
                sums[(i * MostRowsAtOnce) + row] = row < rows ? starts[row] + Vector512.Sum(Vector512.Load(parts)) : 0;
            }
        }

        Finish(sums, 1, MostRowsAtOnce, rows, weight, inputs.Factors(0), firstRow, addends, activation, output.Pointer + firstRow);
    }

    /// <summary>Few tokens by windows of rows without their zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(
        INonzeroKernel kernel, Int8RowsWeight weight, Int8RowInputs inputs, int firstRow, Tensor? bias, Activation activation, Tensor output)
    {
        int rows = Math.Min(MostRowsAtOnce, weight.Rows - firstRow);
        int rowsOfInput = inputs.RowsOfInput;
        int* sums = stackalloc int[MostByWindows * rowsOfInput * MostRowsAtOnce];
        float* addends = stackalloc float[MostRowsAtOnce];
        TakeBias(bias, firstRow, rows, addends, MostRowsAtOnce);
        int* starts = weight.Starts(firstRow);
        int* ofGroup = stackalloc int[2 * NonzeroWindows.GroupRows];
        int firstGroup = firstRow / NonzeroWindows.GroupRows;
        for (int group = firstGroup; group < firstGroup + NonzeroWindows.BlockGroups; group++)
        {
            byte* rowsOfGroup = weight.Windows!.RowsOf(group);
            for (int i = 0; i < inputs.Count * rowsOfInput; i += rowsOfInput)
            {
                int* target = sums + (i * MostRowsAtOnce);
                kernel.Run(weight.Windows, group, inputs.Integers(i), inputs.Integers(i + 1), ofGroup, ofGroup + NonzeroWindows.GroupRows);
                for (int j = 0; j < NonzeroWindows.GroupRows; j++)
                {
                    int row = rowsOfGroup[j];
                    int start = kernel.InputOffset == 0 ? 0 : starts[row];
                    target[row] = start + ofGroup[j];
                    target[MostRowsAtOnce + row] = start + ofGroup[j + NonzeroWindows.GroupRows];
                }
            }
        }

        Finish(sums, inputs.Count, MostRowsAtOnce, rows, weight, inputs.Factors(0), firstRow, addends, activation, output.Pointer + firstRow);
    }

    private static void TakeBias(Tensor? bias, int firstRow, int rows, float* addends, int width)
    {
        new Span<float>(addends, width).Clear();
        bias?.Span.Slice(firstRow, rows).CopyTo(new Span<float>(addends, rows));
    }

    /// <summary>Sums of some tokens as results: times factors, plus bias, activated. The sums are used up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(
        int* sums, int count, int width, int rows, Int8RowsWeight weight, float* inputFactors, int firstRow, float* addends, Activation activation, float* results)
    {
        bool isPlain = rows == width && activation == Activation.Identity;
        Kernel.Run(new ScaleSumsKernel(
            sums, count, weight.KeepsRests, width, inputFactors, weight.Factors(firstRow), addends,
            isPlain ? results : (float*)sums, isPlain ? weight.Rows : width));
        if (isPlain)
        {
            return;
        }

        ActivationKernels.Apply(activation, (float*)sums, count * width);
        for (int i = 0; i < count; i++)
        {
            new Span<float>(sums + (i * width), rows).CopyTo(new Span<float>(results + ((nint)i * weight.Rows), rows));
        }
    }

    /// <summary>Asks for the memory of results, which lie far apart, while they are computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(float* results, int count, int rows, nint stride)
    {
        const int LineFloats = 16;
        for (int i = 0; i < count && Sse.IsSupported; i++, results += stride)
        {
            for (int row = 0; row < rows; row += LineFloats)
            {
                Sse.Prefetch0(results + row);
            }
        }
    }
}
