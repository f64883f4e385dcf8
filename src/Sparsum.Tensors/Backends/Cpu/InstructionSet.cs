using System.Runtime.Intrinsics.X86;

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
}

/// <summary>What this machine has, and how it is called.</summary>
internal static class InstructionSets
{
    /// <summary>The widest set that this machine has.</summary>
    public static InstructionSet Best =>
        Avx512F.IsSupported ? InstructionSet.Avx512
        : Fma.IsSupported && Avx2.IsSupported ? InstructionSet.Avx2
        : InstructionSet.Portable;

    /// <summary>The name for reports.</summary>
    public static string Name(this InstructionSet set) => set switch
    {
        InstructionSet.Avx512 => "avx-512",
        InstructionSet.Avx2 => "avx2",
        _ => "128-bit vectors",
    };
}
