using Sparsum.Pruning.HeadElimination;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>The zeros of an attention module, head by head.</summary>
/// <param name="Block">Index of its block.</param>
/// <param name="Kind"><c>self</c> or <c>cross</c>.</param>
/// <param name="Shares">
/// For each head of the dense module the share of near zeros among its query, key and value weights, removed ones included; 1 for one that is gone
/// or masked. Heads that share keys and values share their zeros too.
/// </param>
public sealed record HeadZeros(int Block, string Kind, IReadOnlyList<double> Shares)
{
    /// <summary>Counts the zeros of every attention module of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="heads">What became of heads, where a method keeps count: masked ones are still there.</param>
    /// <param name="tolerance">Magnitudes below this are zeros.</param>
    public static IReadOnlyList<HeadZeros> Of(TransformerModel model, IReadOnlyList<HeadHistory> heads, double tolerance) =>
    [
        .. AttentionPlace.Of(model).OrderBy(place => place.Block.Index).Select(place =>
        {
            var attention = place.Attention;
            var record = heads.FirstOrDefault(module => module.Block == place.Block.Index && module.Record.Kind == place.Kind)?.Record;
            double[] shares = [.. Enumerable.Repeat(1.0, attention.OriginalHeadCount)];
            foreach (var (slot, head) in attention.KeptHeads.Index())
            {
                if (record is null || record.KeptHeads.Contains(head))
                {
                    shares[head] = Share(attention, slot, (float)tolerance);
                }
            }

            return new HeadZeros(place.Block.Index, place.Kind, shares);
        }),
    ];

    private static double Share(AttentionLayer attention, int slot, float limit)
    {
        int pair = slot / attention.GroupSize;
        (Parameter Weight, int Slot, int Slots)[] parts =
        [
            (attention.Query.Weight, slot, attention.HeadCount),
            (attention.Key.Weight, pair, attention.KeyValueHeadCount),
            (attention.Value.Weight, pair, attention.KeyValueHeadCount),
        ];
        long left = 0;
        long dense = 0;
        foreach (var (weight, place, slots) in parts)
        {
            // Inputs that were removed count as zeros.
            int rows = weight.Value.RowCount / slots;
            dense += (long)rows * weight.DenseShape[1];
            for (int row = place * rows; row < (place + 1) * rows; row++)
            {
                left += weight.Value.Columns - Zeros.CountBelow(weight.Value.Row(row), limit);
            }
        }

        return 1 - ((double)left / dense);
    }
}
