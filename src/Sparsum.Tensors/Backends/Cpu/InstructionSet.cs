using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Tiles;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>The vector width that the matrix products are written for.</summary>
internal enum InstructionSet
{
    /// <summary>128-bit vectors of whatever machine this is, or none.</summary>
    Portable,

    /// <summary>256-bit vectors with fused multiply-add.</summary>
    Avx2,

    /// <summary>512-bit vectors.</summary>
    Avx512,

    /// <summary>512-bit vectors, and for products tiles of bfloat16, of which each value has two (AMX).</summary>
    Tiles,
}

/// <summary>What this machine has, and how it is called.</summary>
internal static class InstructionSets
{
    /// <summary>The widest set of float32 that this machine has.</summary>
    public static InstructionSet Best =>
        Avx512F.IsSupported ? InstructionSet.Avx512
        : Fma.IsSupported && Avx2.IsSupported ? InstructionSet.Avx2
        : InstructionSet.Portable;

    /// <summary>Whether this machine has a set.</summary>
    public static bool IsSupported(this InstructionSet set) => set == InstructionSet.Tiles ? TileProcessor.IsSupported : set <= Best;

    /// <summary>The set for what is no product of float32.</summary>
    public static InstructionSet Vectors(this InstructionSet set) => set == InstructionSet.Tiles ? InstructionSet.Avx512 : set;

    /// <summary>The name for reports.</summary>
    public static string Name(this InstructionSet set) => set switch
    {
        InstructionSet.Tiles => "amx",
        InstructionSet.Avx512 => "avx-512",
        InstructionSet.Avx2 => "avx2",
        _ => "128-bit vectors",
    };
}
