using Sparsum.Tensors;

namespace Sparsum.Benchmarks.Gemm;

/// <summary>One product as Transformers need it.</summary>
internal sealed record GemmShape(MatrixProduct Product, int Rows, int Columns, int Depth)
{
    /// <summary>BERT-base and LLaMA layers: forward (NT), gradient of the input (NN), gradient of the weight (TN).</summary>
    public static IReadOnlyList<GemmShape> All { get; } =
    [
        new(MatrixProduct.NT, 4096, 768, 768),
        new(MatrixProduct.NT, 4096, 3072, 768),
        new(MatrixProduct.NT, 4096, 768, 3072),
        new(MatrixProduct.NT, 128, 768, 768),
        new(MatrixProduct.NT, 128, 3072, 768),
        new(MatrixProduct.NT, 128, 768, 3072),
        new(MatrixProduct.NT, 2048, 4096, 4096),
        new(MatrixProduct.NN, 4096, 768, 768),
        new(MatrixProduct.NN, 4096, 3072, 768),
        new(MatrixProduct.NN, 128, 768, 3072),
        new(MatrixProduct.TN, 768, 768, 4096),
        new(MatrixProduct.TN, 768, 3072, 4096),
        new(MatrixProduct.TN, 3072, 768, 4096),
        new(MatrixProduct.NT, 128, 128, 64),
        new(MatrixProduct.NN, 128, 64, 128),
        new(MatrixProduct.NT, 1, 4096, 4096),
        new(MatrixProduct.NT, 4, 4096, 4096),
    ];

    /// <summary>Multiplications and additions.</summary>
    public double Operations => 2.0 * Rows * Columns * Depth;

    /// <inheritdoc/>
    public override string ToString() => $"{Product} {Rows}x{Columns}x{Depth}";
}
