namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>Addresses of the gradients of one attention call; they lie like the tensors that they belong to.</summary>
internal sealed unsafe class AttentionGradientProblem
{
    /// <summary>What forward computed; its output is not read.</summary>
    public required AttentionProblem Forward { get; init; }

    /// <summary>Read.</summary>
    public required float* OutputGradient { get; init; }

    /// <summary>Written.</summary>
    public required float* QueryGradient { get; init; }

    /// <summary>Written.</summary>
    public required float* KeyGradient { get; init; }

    /// <summary>Written.</summary>
    public required float* ValueGradient { get; init; }

    /// <summary>Added to; or null.</summary>
    public required float* BiasGradient { get; init; }
}
