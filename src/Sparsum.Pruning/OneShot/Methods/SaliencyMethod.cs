using Sparsum.Pruning.OneShot.Scoring;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>Pruning by score: the weights with the lowest scores become zero, the others stay as they are.</summary>
/// <param name="saliency">Scores the weights.</param>
public sealed class SaliencyMethod(ISaliency saliency) : IPruningMethod
{
    /// <summary>What scores the weights.</summary>
    public ISaliency Saliency => saliency;

    /// <inheritdoc/>
    public string Name => saliency.Name;

    /// <inheritdoc/>
    public string Description => saliency.Description;

    /// <inheritdoc/>
    public bool NeedsCalibration => saliency.NeedsCalibration;

    /// <inheritdoc/>
    public bool TakesRowRatios => true;

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings => saliency.Settings;

    /// <inheritdoc/>
    public ISaliency InitialScores(PruneOptions options) => saliency.Configure(new MethodSettings(options.Settings));

    /// <inheritdoc/>
    public ILayerPruner Create(PruneOptions options) => new SaliencyPruner(InitialScores(options), options.Granularity, options.BlockRows);
}
