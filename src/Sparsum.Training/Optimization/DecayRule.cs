namespace Sparsum.Training.Optimization;

/// <summary>Which parameters weight decay acts on.</summary>
public enum DecayRule
{
    /// <summary>All but biases and the scales and shifts of norms.</summary>
    NoBiasNoNorm,

    /// <summary>All.</summary>
    All,
}
