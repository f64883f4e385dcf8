using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>A method that rounds weights while it prunes, so that those not yet rounded make up for the error of those that are.</summary>
public interface IQuantizingMethod : IPruningMethod
{
    /// <summary>Makes the pruner of one run, which leaves each layer's weights with a <see cref="Parameter.Grid"/>.</summary>
    /// <param name="masks">Which weights compete, and in what shape they go.</param>
    /// <param name="quantization">How weights are rounded.</param>
    /// <exception cref="Core.InvalidInputException">That does not go with the method.</exception>
    ILayerPruner Create(MaskOptions masks, WeightQuantization quantization);
}

/// <summary>Prunes layers, and rounds what is left of them to the nearest steps where the method has not done so itself.</summary>
/// <param name="pruner">Prunes.</param>
/// <param name="quantization">How weights are rounded.</param>
internal sealed class QuantizingPruner(ILayerPruner pruner, WeightQuantization quantization) : ILayerPruner
{
    /// <inheritdoc/>
    public StatisticKinds Needs => pruner.Needs;

    /// <summary>Bytes of the scales of a block, and of the largest when those of a stored tensor are put together.</summary>
    public long ScaleBytes(TransformerBlock block) => sizeof(float) * (block.Linears.Sum(Scales) + (3 * block.Linears.Select(Scales).DefaultIfEmpty().Max()));

    /// <inheritdoc/>
    public void Check(Linear layer, LayerTarget target)
    {
        pruner.Check(layer, target);
        if (layer.Weight.Source.IsTransposed)
        {
            throw new Core.InvalidInputException("quantized-transposed", $"'{layer.Name}' cannot be stored quantised.")
            {
                Option = "quantize",
                Found = "a matrix that is stored with its inputs as rows (GPT-2)",
                Expected = "matrices that are stored with their outputs as rows",
                Hint = "Prune without rounding, and round when the result is converted to GGUF.",
            };
        }

        quantization.Check(layer.Name, layer.InputSize);
    }

    /// <inheritdoc/>
    public string? Prune(TransformerBlock block, Linear layer, LayerStatistics? statistics, LayerTarget target, IBackend backend)
    {
        string? note = pruner.Prune(block, layer, statistics, target, backend);
        if (layer.Weight.Grid is null)
        {
            layer.Unpack();
            layer.Weight.Grid = Round(layer.Weight.Value, backend.Threads);
        }

        return note;
    }

    private long Scales(Linear layer) => (long)layer.OutputSize * quantization.GroupsOf(layer.InputSize);

    private QuantizedGrid Round(Tensor weight, int threads)
    {
        var grid = new QuantizedGrid(quantization, weight.RowCount, weight.Columns);
        Parallel.For(0, weight.RowCount, new ParallelOptions { MaxDegreeOfParallelism = threads }, row => grid.Round(row, weight.Row(row)));
        return grid;
    }
}
