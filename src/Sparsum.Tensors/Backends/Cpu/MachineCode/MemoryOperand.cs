using System.Runtime.InteropServices;

namespace Sparsum.Tensors.Backends.Cpu.MachineCode;

/// <summary>Where an operand lies: <c>Base + Scale * Index + Displacement</c>.</summary>
/// <param name="Base">A register.</param>
/// <param name="Displacement">In bytes, a multiple of what is read or written.</param>
/// <param name="Index">A register, or none.</param>
/// <param name="Scale">1 or 2.</param>
internal readonly record struct MemoryOperand(GeneralRegister Base, int Displacement, GeneralRegister? Index = null, int Scale = 1)
{
    /// <summary>A field of the struct that a register points to.</summary>
    public static MemoryOperand Field<T>(GeneralRegister @base, string name)
        where T : struct =>
        new(@base, (int)Marshal.OffsetOf<T>(name));

    /// <summary>A place in one of many rows, of which each register points to three that lie a stride apart.</summary>
    public static MemoryOperand InRow(GeneralRegister[] bases, GeneralRegister stride, int row, int offset) =>
        row % 3 == 0 ? new(bases[row / 3], offset) : new(bases[row / 3], offset, stride, row % 3);
}
