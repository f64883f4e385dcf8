using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// The products of a block of queries with the keys and values of its head. Those in float32 are read where they lie; narrower ones are widened
/// tile by tile, which takes little beside the products of a block of queries.
/// </summary>
internal static unsafe class KeyTiles<TFormat>
    where TFormat : IKeyFormat
{
    /// <summary>Keys of a tile: with heads of 128 it fills 128 KiB.</summary>
    private const int TileKeys = 256;

    private static bool IsPlain => typeof(TFormat) == typeof(Float32Keys);

    /// <summary>Floats of a tile.</summary>
    public static int Floats(int headSize) => IsPlain ? 0 : TileKeys * headSize;

    /// <summary>Query times key, <c>[Rows, Stride]</c>, with finite numbers from <see cref="QueryBlock.Keys"/> to <see cref="QueryBlock.Width"/>.</summary>
    public static void Score(AttentionProblem problem, in QueryBlock block, float* tile, float* scores, GemmScratch scratch)
    {
        int size = problem.Options.HeadSize;
        var keys = problem.KeysOf(block.Sequence, block.Head, block.Start);
        float* query = problem.Query + block.Queries;
        if (IsPlain)
        {
            block.Multiply(query, problem.QueryStride, (float*)keys.Values, problem.KeyStride, size, scores, scratch);
            return;
        }

        for (int first = 0; first < block.Keys; first += TileKeys)
        {
            int count = Math.Min(TileKeys, block.Keys - first);
            Kernel.Run(new WidenRowsKernel<TFormat>(keys.From(first), count, size, tile));
            Gemm.RunSingle(
                MatrixProduct.NT, block.Rows, count, size,
                query, problem.QueryStride, tile, size, scores + first, block.Stride, false, scratch);
        }

        for (int row = 0; row < block.Rows; row++)
        {
            new Span<float>(scores + (row * block.Stride) + block.Keys, block.Width - block.Keys).Clear();
        }
    }

    /// <summary>The sum of the values with the weights of each query.</summary>
    public static void Weigh(AttentionProblem problem, in QueryBlock block, float* weights, float* tile, float* context, GemmScratch scratch)
    {
        int size = problem.Options.HeadSize;
        var values = problem.ValuesOf(block.Sequence, block.Head, block.Start);
        int step = IsPlain ? block.Keys : TileKeys;
        for (int first = 0; first < block.Keys; first += step)
        {
            int count = Math.Min(step, block.Keys - first);
            if (!IsPlain)
            {
                Kernel.Run(new WidenRowsKernel<TFormat>(values.From(first), count, size, tile));
            }

            Gemm.RunSingle(
                MatrixProduct.NN, block.Rows, size, count,
                weights + first, block.Stride,
                IsPlain ? (float*)values.Values : tile, IsPlain ? problem.KeyStride : size,
                context, problem.QueryStride, first > 0, scratch);
        }
    }
}
