using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Compaction;

/// <summary>Does to a block what a plan says.</summary>
internal static class BlockCutter
{
    /// <summary>Brings a block back to the size that its configuration declares, with zeros for what was removed before.</summary>
    public static void Restore(TransformerBlock block)
    {
        foreach (var attention in block.Attentions)
        {
            attention.Restore();
        }

        foreach (var layer in block.FeedForwards)
        {
            layer.Restore();
        }
    }

    /// <summary>Cuts a block at its full size. Without loaded values only shapes change.</summary>
    public static void Apply(TransformerBlock block, BlockPlan plan)
    {
        foreach (var (attention, module) in block.Attentions.Zip(plan.Attentions))
        {
            Shift(attention.Output, module.Shift);
            Clear(attention.SliceHeads([.. module.Padding]));
            attention.RemoveHeads([.. module.Removed]);
        }

        foreach (var (layer, module) in block.FeedForwards.Zip(plan.FeedForwards))
        {
            Shift(layer.Down, module.Shift);
            Clear(layer.SliceNeurons([.. module.Padding]));
            layer.RemoveNeurons([.. module.Removed]);
        }

        foreach (var (linear, features) in block.Linears.Zip(plan.Features))
        {
            linear.RemoveInputs([.. features.Inputs]);
            linear.RemoveOutputs([.. features.Outputs]);
        }
    }

    private static void Shift(Linear linear, double[]? shift)
    {
        if (shift is null || linear.Bias is not { IsLoaded: true } bias)
        {
            return;
        }

        var values = bias.Value.Span;
        for (int i = 0; i < shift.Length; i++)
        {
            values[i] = (float)(values[i] + shift[i]);
        }
    }

    /// <summary>The dead that stay must add nothing, as their constants are in the bias now.</summary>
    private static void Clear(IEnumerable<ParameterSlice> slices)
    {
        foreach (var slice in slices.Where(slice => slice.Parameter.IsLoaded))
        {
            slice.ClearRemoved(slice.Parameter.Value);
        }
    }
}
