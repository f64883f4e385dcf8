using Sparsum.Benchmarks.Native;
using Sparsum.Tensors;

namespace Sparsum.Benchmarks.Gemm;

/// <summary>Random operands of one shape, and the check that a contender multiplies them rightly.</summary>
internal sealed unsafe class GemmOperands : IDisposable
{
    private const int Samples = 500;
    private readonly GemmShape shape;

    public GemmOperands(GemmShape shape)
    {
        this.shape = shape;
        A = shape.Product == MatrixProduct.TN ? Random(1, shape.Depth, shape.Rows) : Random(1, shape.Rows, shape.Depth);
        B = shape.Product == MatrixProduct.NT ? Random(2, shape.Columns, shape.Depth) : Random(2, shape.Depth, shape.Columns);
        C = Tensor.Allocate(shape.Rows, shape.Columns);
    }

    public Tensor A { get; }

    public Tensor B { get; }

    public Tensor C { get; }

    public void RunOneDnn() => OneDnn.Multiply(
        shape.Product == MatrixProduct.TN, shape.Product == MatrixProduct.NT, shape.Rows, shape.Columns, shape.Depth,
        A.Pointer, A.Columns, B.Pointer, B.Columns, C.Pointer, C.Columns);

    public void RunOpenBlas() => OpenBlas.Multiply(
        shape.Product == MatrixProduct.TN, shape.Product == MatrixProduct.NT, shape.Rows, shape.Columns, shape.Depth,
        A.Pointer, A.Columns, B.Pointer, B.Columns, C.Pointer, C.Columns);

    /// <summary>Compares a sample of the results with sums in double precision.</summary>
    /// <exception cref="InvalidOperationException">A result is wrong.</exception>
    public void Verify(Contender contender)
    {
        C.Span.Fill(float.NaN);
        contender.Run();
        var random = new Random(3);
        for (int sample = 0; sample < Samples; sample++)
        {
            int row = random.Next(shape.Rows);
            int column = random.Next(shape.Columns);
            double expected = 0;
            for (int i = 0; i < shape.Depth; i++)
            {
                float left = shape.Product == MatrixProduct.TN ? A.Row(i)[row] : A.Row(row)[i];
                float right = shape.Product == MatrixProduct.NT ? B.Row(column)[i] : B.Row(i)[column];
                expected += (double)left * right;
            }

            float actual = C.Row(row)[column];
            if (!(Math.Abs(actual - expected) <= 1e-6 * shape.Depth))
            {
                throw new InvalidOperationException($"{contender.Name}, {shape}: C[{row}, {column}] is {actual}, expected {expected}.");
            }
        }
    }

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
        C.Dispose();
    }

    private static Tensor Random(int seed, params int[] size)
    {
        var random = new Random(seed);
        var tensor = Tensor.Allocate(size);
        foreach (ref float value in tensor.Span)
        {
            value = random.NextSingle() - 0.5f;
        }

        return tensor;
    }
}
