namespace Sparsum.Tensors.Backends.Cpu.MachineCode;

/// <summary>Registers of 64 bits by their number, of those that a function need not preserve.</summary>
internal enum GeneralRegister
{
    Rax = 0,
    Rcx = 1,
    Rdx = 2,
    Rsi = 6,
    Rdi = 7,
    R8 = 8,
    R9 = 9,
    R10 = 10,
    R11 = 11,
}
