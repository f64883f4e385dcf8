using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>
/// Relative positions of a stack that meet contents (He et al. 2021, DeBERTa): a table of states, one for each distance, from which every
/// block projects keys and queries of its own. Near distances have a row each, far ones share rows in logarithmic steps.
/// </summary>
/// <param name="table">The states <c>[2 * span, hidden]</c>.</param>
/// <param name="norm">Norm of the states; null for none.</param>
/// <param name="isBucketed">Whether far distances share rows; otherwise those beyond the span count as the last.</param>
/// <param name="maxDistance">The distance from which on all share the last row.</param>
public sealed class DisentangledPositions(Parameter table, Normalization? norm, bool isBucketed, int maxDistance)
{
    /// <summary>The norm of the states.</summary>
    public Normalization? Norm => norm;

    /// <summary>The parameters.</summary>
    public IEnumerable<Parameter> Parameters => [table, .. norm?.Parameters ?? []];

    /// <summary>Dropout of the states, while a tape is recording.</summary>
    public float DropoutRate { get; init; }

    private int Span => table.Shape[0] / 2;

    /// <summary>What is added to the scores of a pass, <c>[batch * heads * queries, keys]</c>.</summary>
    internal Tensor Compute(ForwardPass pass, Linear queries, Linear keys, Tensor query, Tensor key, AttentionOptions options)
    {
        var states = norm?.Forward(pass, table.Value) ?? pass.Computation.Copy(table.Value);
        pass.Computation.DropoutInPlace(ref states, DropoutRate, isCommon: true);
        using var kept = states;

        // The states are no tokens: whoever watches the layers is not shown them.
        var unseen = pass with { Observer = null };
        using var positionKey = keys.Forward(unseen, kept);
        using var positionQuery = queries.Forward(unseen, kept);
        int[] rows = [.. Enumerable.Range(1 - options.KeyLength, Math.Max(0, (2 * options.KeyLength) - 1)).Select(Row)];
        return pass.Computation.Disentangle(query, key, positionKey, positionQuery, rows, options);
    }

    /// <summary>The row of the table for a query that is <paramref name="distance"/> tokens after the key (before it: negative).</summary>
    public int Row(int distance)
    {
        int bucket = isBucketed ? Bucket(distance) : distance;
        return Math.Clamp(bucket + Span, 0, (2 * Span) - 1);
    }

    private int Bucket(int distance)
    {
        int middle = Span / 2;
        int length = Math.Abs(distance) < middle ? middle - 1 : Math.Abs(distance);
        if (length <= middle)
        {
            return distance;
        }

        // In float32, as the reference computes it: at the edges the rounding decides.
        float steps = MathF.Log((float)length / middle) / MathF.Log((maxDistance - 1f) / middle) * (middle - 1);
        return Math.Sign(distance) * ((int)MathF.Ceiling(steps) + middle);
    }
}
