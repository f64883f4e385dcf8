using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Products of many inputs with the instructions that a machine has.</summary>
internal interface IInt8Panels
{
    /// <summary>The best for this machine.</summary>
    static IInt8Panels Best { get; } =
        AvxVnni.IsSupported ? new Int8Panels<VnniLanes, Float256>()
        : Avx512BW.IsSupported ? new Int8Panels<Avx512Lanes, Float512>()
        : Avx2.IsSupported ? new Int8Panels<Avx2Lanes, Float256>()
        : new Int8Panels<NarrowLanes, Float128>();

    /// <summary><c>output = input · weightᵀ</c>.</summary>
    void Multiply(Int8Weight weight, Tensor input, Tensor output, WorkerPool pool);
}
