namespace Sparsum.Tensors;

/// <summary>Which operands of a matrix product are read transposed. The result is always <c>[M, N]</c>, the sum runs over <c>K</c>.</summary>
public enum MatrixProduct
{
    /// <summary><c>A [M, K] · B [K, N]</c>: the gradient of a linear layer's input.</summary>
    NN,

    /// <summary><c>A [M, K] · B [N, K]ᵀ</c>: a linear layer.</summary>
    NT,

    /// <summary><c>A [K, M]ᵀ · B [K, N]</c>: the gradient of a linear layer's weight.</summary>
    TN,
}
