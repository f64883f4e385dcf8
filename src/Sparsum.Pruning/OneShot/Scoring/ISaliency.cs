using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Scoring;

/// <summary>
/// Says how much each weight of a layer matters. A new saliency is one class with a score and one line in <see cref="Saliencies.All"/>.
/// </summary>
public interface ISaliency
{
    /// <summary>What users call it, in lower case.</summary>
    string Name { get; }

    /// <summary>One line for help texts: the score and its source.</summary>
    string Description { get; }

    /// <summary>Whether it needs the statistics of a layer's inputs.</summary>
    bool NeedsCalibration { get; }

    /// <summary>What calibration must gather for it.</summary>
    StatisticKinds Needs => NeedsCalibration ? StatisticKinds.Squares : StatisticKinds.None;

    /// <summary>Its settings.</summary>
    IReadOnlyList<MethodSetting> Settings => [];

    /// <summary>The saliency with settings in place.</summary>
    /// <exception cref="Core.InvalidInputException">A setting has no meaning.</exception>
    ISaliency Configure(MethodSettings settings) => this;

    /// <summary>
    /// Begins to score a layer. Statistics of the whole matrix are gathered here; the result then scores any row without looking at others.
    /// </summary>
    /// <param name="weight">The weight <c>[R, C]</c>; it stays the caller's and does not change while rows are scored.</param>
    /// <param name="statistics">What calibration saw; null when <see cref="NeedsCalibration"/> is false.</param>
    RowScorer Prepare(Tensor weight, LayerStatistics? statistics);
}
