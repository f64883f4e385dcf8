namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>How the hidden states of candidates are kept between blocks.</summary>
public enum HiddenStateType
{
    /// <summary>As they were computed.</summary>
    Float32,

    /// <summary>Rounded to half the size.</summary>
    Bfloat16,
}
