using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>A float32 weight in the panels that the micro-kernel reads, so that a product packs nothing but its input.</summary>
internal sealed unsafe class PanelWeight : CpuWeight
{
    private readonly MicroKernel kernel;
    private readonly PooledGemm gemm;
    private readonly NativeBuffer panels;

    /// <summary>Packs <paramref name="weight"/> <c>[out, in]</c>.</summary>
    public PanelWeight(Tensor weight, MicroKernel kernel, PooledGemm gemm, WorkerPool pool)
        : base(weight.RowCount, weight.Columns, StorageType.Float32)
    {
        this.kernel = kernel;
        this.gemm = gemm;
        int count = GemmPass.CeilingDivide(Rows, kernel.Columns);
        long panelFloats = (long)kernel.Columns * kernel.PackedDepth(Columns);
        panels = new NativeBuffer(count * panelFloats * sizeof(float));
        var source = GemmOperand.Right(MatrixProduct.NT, weight.Pointer, Columns);
        pool.For(count, (panel, _) =>
        {
            int first = panel * kernel.Columns;
            int lanes = Math.Min(kernel.Columns, Rows - first);
            float* target = (float*)panels.Pointer + (panel * panelFloats);
            kernel.PackColumns(source, first, lanes, 0, Columns, target);
        });
    }

    /// <inheritdoc/>
    public override long ByteCount => panels.ByteCount;

    /// <inheritdoc/>
    public override void Multiply(Tensor input, Tensor output, WorkerPool pool, bool rowwise = false) =>
        Multiply(input, null, Activation.Identity, output);

    /// <summary><c>output = activation(input · weightᵀ + bias)</c>, finished while results are in cache.</summary>
    public void Multiply(Tensor input, Tensor? bias, Activation activation, Tensor output) =>
        gemm.Run(new GemmProblem
        {
            Kernel = kernel,
            Rows = input.RowCount,
            Columns = Rows,
            Depth = Columns,
            A = GemmOperand.Left(MatrixProduct.NT, input.Pointer, Columns),
            PackedB = (float*)panels.Pointer,
            C = output.Pointer,
            CStride = Rows,
            Bias = bias is null ? null : bias.Pointer,
            Activation = activation,
        });

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => panels.Dispose();
}
