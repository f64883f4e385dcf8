using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining.Targets;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>What sparse training did to a model.</summary>
/// <param name="Breakdown">
/// Sparsity by every way of counting. After a run to a target exactly the weights that were set to zero count, however many others are near
/// zero; otherwise ε decides.
/// </param>
/// <param name="AtEpsilon">Sparsity of the regularised weights with near-zero ones counted.</param>
/// <param name="HeadsKept">Heads that work in each attention module.</param>
/// <param name="Finish">What finishing the run came to.</param>
/// <param name="Heads">What became of the heads, where the method removes any.</param>
/// <param name="HeadZeros">The zeros of each attention module, head by head.</param>
/// <param name="Connectivity">How well the rows of the MLP matrices are connected.</param>
/// <param name="MatrixConnectivity">The same of each MLP matrix.</param>
/// <param name="Blocks">The layers of every block with their sparsity.</param>
public sealed record SparsityReport(
    SparsityBreakdown Breakdown,
    double AtEpsilon,
    IReadOnlyList<int> HeadsKept,
    SparsifierResult Finish,
    IReadOnlyList<HeadHistory> Heads,
    IReadOnlyList<HeadZeros> HeadZeros,
    Connectivity Connectivity,
    IReadOnlyList<(string Name, Connectivity Connectivity)> MatrixConnectivity,
    IReadOnlyList<TrainedBlock> Blocks)
{
    /// <summary>Share of the regularised weights that are zero or removed.</summary>
    public double Sparsity => Breakdown.Shares[SparsityScope.Regularised].Sparsity;

    /// <summary>Whether the sparsity is mostly the work of magnitude pruning.</summary>
    public bool IsMostlyMagnitude => Finish.LargestThreshold > MagnitudeThreshold.PostHocLimit;

    /// <summary>How important removed heads were, relative to those that stayed (<see cref="HeadImportance.RelativeOfRemoved"/>).</summary>
    public double? RelativeImportanceOfRemoved => HeadImportance.RelativeOfRemoved(Heads.Select(module => module.Record.Removals.Values.ToList()));

    /// <summary>Looks at a model after its run.</summary>
    internal static SparsityReport Of(TransformerModel model, ISparsifier sparsifier, SparsifierResult finish, double? target)
    {
        double epsilon = sparsifier.Epsilon;
        double tolerance = target is null ? epsilon : float.Epsilon;
        var matrices = model.Blocks.SelectMany(block => block.FeedForwards.SelectMany(layer => layer.Linears)).ToList();
        return new SparsityReport(
            SparsityBreakdown.Of(model, tolerance),
            PrunableWeights.Of(model.Blocks, SparsityScope.Regularised).Measure(epsilon).Sparsity,
            CountHeads(model, sparsifier),
            finish,
            sparsifier.Heads,
            Runs.HeadZeros.Of(model, sparsifier.Heads, tolerance),
            Connectivity.Of(matrices.Select(linear => linear.Weight), epsilon),
            [.. matrices.Select(linear => (linear.Name, Connectivity.Of([linear.Weight], epsilon)))],
            [.. model.Blocks.Select(block => new TrainedBlock(
                block.Index,
                block.Name,
                Measure(block.Linears),
                [.. block.Linears.Select(linear => new TrainedLayer(linear.Name, Measure([linear]), linear.OutputSize, linear.InputSize))]))]);
    }

    /// <summary>Heads that work in each attention module: masked ones do not.</summary>
    internal static IReadOnlyList<int> CountHeads(TransformerModel model, ISparsifier sparsifier) => sparsifier.Heads.Count > 0
        ? [.. sparsifier.Heads.Select(module => module.Record.KeptHeads.Count)]
        : [.. model.Blocks.SelectMany(block => block.Attentions).Select(attention => attention.HeadCount)];

    private static double Measure(IEnumerable<Linear> linears) =>
        new PrunableWeights(linears.Select(linear => linear.Weight)).Measure(float.Epsilon).Sparsity;
}

/// <summary>One block after a run.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Name">Its checkpoint prefix.</param>
/// <param name="Sparsity">Share of exact zeros in its matrices; what was removed counts.</param>
/// <param name="Layers">Its linear layers.</param>
public sealed record TrainedBlock(int Index, string Name, double Sparsity, IReadOnlyList<TrainedLayer> Layers);

/// <summary>One layer after a run.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Sparsity">Share of exact zeros; what was removed counts.</param>
/// <param name="Rows">Output features that are there.</param>
/// <param name="Columns">Input features that are there.</param>
public sealed record TrainedLayer(string Name, double Sparsity, int Rows, int Columns);
