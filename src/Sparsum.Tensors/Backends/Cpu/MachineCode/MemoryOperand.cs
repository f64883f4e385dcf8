namespace Sparsum.Tensors.Backends.Cpu.MachineCode;

/// <summary>Where an operand lies: <c>Base + Scale * Index + Displacement</c>.</summary>
/// <param name="Base">A register.</param>
/// <param name="Displacement">In bytes, a multiple of what is read or written.</param>
/// <param name="Index">A register, or none.</param>
/// <param name="Scale">1 or 2.</param>
internal readonly record struct MemoryOperand(GeneralRegister Base, int Displacement, GeneralRegister? Index = null, int Scale = 1);
