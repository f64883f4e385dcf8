using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Vectors;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Products of inputs with weights of <see cref="Int8RowsWeight"/>. Callers take turns.</summary>
internal sealed unsafe class Int8RowProduct : IDisposable
{
    /// <summary>Rows of inputs up to which vectors are faster than tiles.</summary>
    private const int MostByVectors = 8;

    /// <summary>Inputs that pass a panel while both stay in cache: whole tiles of every kernel.</summary>
    private const int TokensAtOnce = 192;

    private readonly WorkerPool pool;
    private readonly IInt8RowKernel few;
    private readonly IInt8RowKernel many;
    private readonly Lock callers = new();
    private readonly ScratchBuffer memory = new();

    /// <summary>Uses a pool that stays the caller's, and the best kernels of this machine.</summary>
    public Int8RowProduct(WorkerPool pool)
        : this(pool, IInt8RowKernel.ForFew, IInt8RowKernel.ForMany)
    {
    }

    /// <summary>The same with kernels for few and many inputs, which read the same panels.</summary>
    internal Int8RowProduct(WorkerPool pool, IInt8RowKernel few, IInt8RowKernel many)
    {
        this.pool = pool;
        this.few = few;
        this.many = many;
    }

    /// <summary>Rows of a panel of a weight.</summary>
    public int PanelRows => few.PanelRows;

    /// <summary>What kernels for few inputs add to them; the other needs none, or the same.</summary>
    public int InputOffset => few.InputOffset;

    /// <summary><c>output = activation(input · weightᵀ + bias)</c>, sizes checked; finished while results are in cache.</summary>
    public void Run(Int8RowsWeight weight, Tensor input, Tensor? bias, Activation activation, Tensor output)
    {
        lock (callers)
        {
            var kernel = input.RowCount * (weight.KeepsRests ? 2 : 1) <= MostByVectors ? few : many;
            var inputs = new Int8RowInputs(input, weight.KeepsRests, kernel.ReadsTiles, kernel.InputOffset, memory, pool);
            int panels = GemmPass.CeilingDivide(weight.Rows, PanelRows);
            pool.For(panels * GemmPass.CeilingDivide(inputs.Count, TokensAtOnce), (piece, _) =>
                Multiply(kernel, weight, inputs, piece / panels * TokensAtOnce, piece % panels * PanelRows, bias, activation, output));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(
        IInt8RowKernel kernel, Int8RowsWeight weight, Int8RowInputs inputs, int firstToken, int firstRow, Tensor? bias, Activation activation, Tensor output)
    {
        int width = kernel.PanelRows;
        int rows = Math.Min(width, weight.Rows - firstRow);
        int lastToken = Math.Min(firstToken + TokensAtOnce, inputs.Count);
        int* sums = stackalloc int[kernel.InputRows * width];
        float* addends = stackalloc float[width];
        new Span<float>(addends, width).Clear();
        bias?.Span.Slice(firstRow, rows).CopyTo(new Span<float>(addends, rows));
        bool isPlain = rows == width && activation == Activation.Identity;
        kernel.Enter();
        int rowsOfInput = inputs.RowsOfInput;
        int atOnce = kernel.InputRows / rowsOfInput;
        for (int token = firstToken; token < lastToken; token += atOnce)
        {
            int count = Math.Min(atOnce, lastToken - token);
            float* results = output.Pointer + ((nint)token * weight.Rows) + firstRow;
            Fetch(results, count, rows, weight.Rows);
            kernel.Run(inputs, token * rowsOfInput, count * rowsOfInput, weight.Panel(firstRow), weight.Starts(firstRow), weight.Chunks, sums);
            Kernel.Run(new ScaleSumsKernel(
                sums, count, weight.KeepsRests, width, inputs.Factors(token), weight.Factors(firstRow), addends,
                isPlain ? results : (float*)sums, isPlain ? weight.Rows : width));
            if (!isPlain)
            {
                ActivationKernels.Apply(activation, (float*)sums, count * width);
                for (int i = 0; i < count; i++)
                {
                    new Span<float>(sums + (i * width), rows).CopyTo(new Span<float>(results + ((nint)i * weight.Rows), rows));
                }
            }
        }

        kernel.Leave();
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
