namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// An operand of a matrix product as packing sees it: lanes (the rows of the result for A, its columns for B) by depth (the dimension
/// that is summed over).
/// </summary>
/// <param name="Pointer">The first element.</param>
/// <param name="Stride">Floats from one row in memory to the next.</param>
/// <param name="LanesAdjacent">Whether a row in memory holds the lanes of one depth; otherwise it holds the depths of one lane.</param>
internal readonly unsafe record struct GemmOperand(nint Pointer, nint Stride, bool LanesAdjacent)
{
    /// <summary>The left operand of a product.</summary>
    public static GemmOperand Left(MatrixProduct product, float* a, nint stride) => new((nint)a, stride, product == MatrixProduct.TN);

    /// <summary>The right operand of a product.</summary>
    public static GemmOperand Right(MatrixProduct product, float* b, nint stride) => new((nint)b, stride, product != MatrixProduct.NT);

    /// <summary>The address of one element.</summary>
    public float* At(int lane, int depth) =>
        (float*)Pointer + (LanesAdjacent ? (depth * Stride) + lane : (lane * Stride) + depth);
}
