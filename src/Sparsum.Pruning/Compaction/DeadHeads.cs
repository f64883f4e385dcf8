using Sparsum.Pruning.Measures;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Compaction;

/// <summary>
/// Finds the heads of a module that add nothing or a constant. A head whose columns of the output weight are all zero adds nothing. One
/// whose value rows are all zero adds <c>W_O[:, h]·b_v</c>, since attention probabilities sum to 1: a constant, which the output bias
/// takes over. Without an output bias such a head is dead only if the constant is zero. Heads that share keys and values are dead
/// together or not at all, and one group always stays. Where one norm runs over all heads, none is dead.
/// </summary>
internal static class DeadHeads
{
    /// <summary>Looks at a module whose values are loaded.</summary>
    public static ModulePlan Find(AttentionLayer attention)
    {
        if (!attention.HasRemovableHeads)
        {
            return new ModulePlan([], [], null);
        }

        var outputs = ZeroPattern.Of(attention.Output.Weight.Value).LiveColumns;
        var values = ZeroPattern.Of(attention.Value.Weight.Value).LiveRows;
        int size = attention.HeadSize;
        double[] shift = new double[attention.Output.OutputSize];
        var dead = new List<int>();
        for (int group = 0; group < attention.KeyValueHeadCount; group++)
        {
            int[] heads = [.. Enumerable.Range(group * attention.GroupSize, attention.GroupSize)];
            int[] emitting = [.. heads.Where(head => outputs.AsSpan(head * size, size).Contains(true))];
            bool isConstant = !values.AsSpan(group * size, size).Contains(true);
            double[]? constant = emitting.Length == 0 ? [] : isConstant ? Constant(attention, group, emitting) : null;
            if (constant is null || (attention.Output.Bias is null && constant.Any(value => value != 0)))
            {
                continue;
            }

            if (dead.Count + heads.Length == attention.HeadCount)
            {
                // The last of a module that is all dead stays, and goes on giving its constant itself.
                break;
            }

            dead.AddRange(heads);
            for (int i = 0; i < constant.Length; i++)
            {
                shift[i] += constant[i];
            }
        }

        return new ModulePlan(dead, [], shift.Any(value => value != 0) ? shift : null);
    }

    /// <summary>What heads of one group add at every position: their output columns times the bias of their values.</summary>
    private static double[] Constant(AttentionLayer attention, int group, int[] heads)
    {
        var weight = attention.Output.Weight.Value;
        double[] constant = new double[weight.RowCount];
        if (attention.Value.Bias is { } bias)
        {
            var values = bias.Value.Span.Slice(group * attention.HeadSize, attention.HeadSize);
            for (int r = 0; r < constant.Length; r++)
            {
                foreach (int head in heads)
                {
                    constant[r] += Dot(weight.Row(r).Slice(head * attention.HeadSize, attention.HeadSize), values);
                }
            }
        }

        return constant;
    }

    private static double Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += (double)left[i] * right[i];
        }

        return sum;
    }
}
