namespace Sparsum.Pruning.SparseTraining.Penalties;

/// <summary>What counts as a row of an MLP matrix in the paper's equation 1.</summary>
public enum MlpRowAxis
{
    /// <summary>An output neuron: a row of the stored <c>[out, in]</c> matrix. The reading under which the printed sizes fit.</summary>
    OutputNeuron,

    /// <summary>An input neuron: a column of the stored matrix.</summary>
    InputNeuron,
}
