namespace Sparsum.KernelGenerator;

/// <summary>The register tile of one micro-kernel: <c>Rows x (Vectors * VectorBits / 32)</c> accumulators.</summary>
public sealed record KernelShape(string Prefix, int Rows, int Vectors, int VectorBits)
{
    /// <summary>
    /// The tiles that the product ships. 32 registers of 512 bits hold 24 accumulators besides the operands; 16 registers hold 12, for
    /// 256 bits and for 128 bits alike.
    /// </summary>
    public static IReadOnlyList<KernelShape> All { get; } =
    [
        new("Avx512", 12, 2, 512),
        new("Avx512", 8, 3, 512),
        new("Avx2", 6, 2, 256),
        new("Portable", 6, 2, 128),
    ];

    /// <summary>Floats in one vector.</summary>
    public int Lanes => VectorBits / 32;

    /// <summary>Floats in one row of the tile.</summary>
    public int Columns => Vectors * Lanes;

    /// <summary>Name of the generated class.</summary>
    public string ClassName => $"{Prefix}Kernels{Rows}x{Columns}";

    /// <summary>Name of the generated file.</summary>
    public string FileName => $"{ClassName}.g.cs";

    /// <summary>C# type of a vector.</summary>
    public string VectorType => $"Vector{VectorBits}";

    /// <summary>
    /// The method that multiplies and adds. 128-bit vectors also serve machines whose instruction set has no fused form, so there the
    /// hardware decides.
    /// </summary>
    public string MultiplyAdd => VectorBits == 128 ? "MultiplyAddEstimate" : "FusedMultiplyAdd";
}
