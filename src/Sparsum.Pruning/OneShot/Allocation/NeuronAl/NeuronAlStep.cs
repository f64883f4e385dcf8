namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>What is searched.</summary>
public enum NeuronAlStep
{
    /// <summary>A ratio per block, then ratios per row around it.</summary>
    Both,

    /// <summary>A ratio per block.</summary>
    Block,

    /// <summary>Ratios per row around the target.</summary>
    Row,
}
