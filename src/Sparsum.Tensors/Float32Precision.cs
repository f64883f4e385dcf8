namespace Sparsum.Tensors;

/// <summary>How exact products of float32 matrices are. PyTorch has the same names for the same choice.</summary>
public enum Float32Precision
{
    /// <summary>Every product in float32.</summary>
    Highest,

    /// <summary>
    /// Where the processor multiplies bfloat16 in tiles (Intel AMX, on Linux), each value is the sum of two of them, which keeps 16 to 17 of
    /// its 24 significant bits; sums stay in float32. Elsewhere the same as <see cref="Highest"/>. Weights of lower precision, attention of a
    /// single query, and products of one to four rows with weights that are not packed are not concerned. What enters must be finite.
    /// </summary>
    High,
}
