using System.Numerics.Tensors;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Methods.SparseGpt;

/// <summary>Prunes and updates layers by SparseGPT.</summary>
/// <param name="damping">Damping of the Hessian, as a share of the mean of its diagonal.</param>
/// <param name="blockSize">Columns that are compared and pruned before the others are updated.</param>
/// <param name="blockRows">How many neighbouring rows share their zeros.</param>
/// <param name="quantization">How weights are rounded in the same sweep; null leaves them as they are.</param>
internal sealed class SparseGptPruner(double damping, int blockSize, int blockRows, WeightQuantization? quantization = null) : ILayerPruner
{
    /// <inheritdoc/>
    public StatisticKinds Needs => StatisticKinds.Squares | StatisticKinds.Hessian;

    /// <inheritdoc/>
    public void Check(Linear layer, LayerTarget target)
    {
        if (target.Pattern is { } pattern)
        {
            new NmRule(pattern).Check(layer.Name, layer.InputSize);
        }

        if (target.Pattern is not null && blockRows > ColumnBlockTile.Lanes)
        {
            throw new InvalidInputException("option-out-of-range", "SparseGPT cannot choose a pattern over so many rows at once.")
            {
                Option = "block-rows",
                Found = FormattableString.Invariant($"{blockRows} together with a pattern"),
                Expected = FormattableString.Invariant($"{ColumnBlockTile.Lanes} or less"),
                Hint = "Blocks of 4 rows are what sparse kernels read.",
            };
        }
    }

    /// <inheritdoc/>
    public string? Prune(TransformerBlock block, Linear layer, LayerStatistics? statistics, LayerTarget target, IBackend backend)
    {
        if (target.RowRatios is not null)
        {
            throw new ArgumentException("SparseGPT compares weights over all rows and has no ratio for each.", nameof(target));
        }

        layer.Unpack();
        RequireFinite(layer, "undefined-score", "a weight that is no finite number", "Check the model with a dense evaluation.");
        var hessian = statistics!.Hessian!;
        var factor = hessian.Invert(damping);
        if (target.Pattern is not null || target.Ratio > 0 || quantization is not null)
        {
            var grid = quantization is null ? null : new QuantizedGrid(quantization, layer.OutputSize, layer.InputSize);
            using var sweep = new ColumnSweep(layer.Weight.Value, hessian, factor, target, blockSize, blockRows, grid, backend);
            sweep.Run();
            layer.Weight.Grid = grid;
            RequireFinite(layer, "update-overflow", "an updated weight that is no finite number", "Raise sparsegpt.damping.");
        }

        return hessian.Note;
    }

    private static void RequireFinite(Linear layer, string code, string found, string hint)
    {
        var weight = layer.Weight.Value;
        for (int row = 0; row < weight.RowCount; row++)
        {
            if (!float.IsFinite(TensorPrimitives.MaxMagnitude<float>(weight.Row(row))))
            {
                throw new RunFailedException(code, $"Layer '{layer.Name}' cannot be pruned by SparseGPT.")
                {
                    Found = FormattableString.Invariant($"{found} in row {row} of {layer.Name}"),
                    Expected = "finite weights",
                    Hint = hint,
                };
            }
        }
    }
}
