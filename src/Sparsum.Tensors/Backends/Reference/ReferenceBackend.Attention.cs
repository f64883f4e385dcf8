namespace Sparsum.Tensors.Backends.Reference;

/// <content>Attention.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void Attention(Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options, Tensor output)
    {
        int group = options.HeadCount / options.KeyValueHeadCount;
        var scores = new double[options.KeyLength];
        for (int batch = 0; batch < options.Batch; batch++)
        {
            for (int head = 0; head < options.HeadCount; head++)
            {
                for (int i = 0; i < options.QueryLength; i++)
                {
                    var q = query.Row((batch * options.QueryLength) + i).Slice(head * options.HeadSize, options.HeadSize);
                    var addends = bias is null || options.KeyLength == 0 ? default : bias.Row(BiasRow(options, batch, head, i));
                    bool sees = Weigh(options, batch, head, i, q, key, addends, scores);
                    for (int j = 0; sees && j < scores.Length; j++)
                    {
                        scores[j] *= DropoutFactor(options, batch, head, i, j);
                    }

                    var context = output.Row((batch * options.QueryLength) + i).Slice(head * options.HeadSize, options.HeadSize);
                    for (int c = 0; c < context.Length; c++)
                    {
                        double sum = 0;
                        for (int j = 0; j < options.KeyLength; j++)
                        {
                            sum += scores[j] * KeyRow(value, batch, j)[(head / group * options.HeadSize) + c];
                        }

                        context[c] = (float)sum;
                    }
                }
            }
        }

        Span<float> KeyRow(Tensor tensor, int batch, int j) => tensor.Row((batch * options.KeyCapacity) + j);
    }

    /// <summary>
    /// The probabilities with which one query attends to each key; equal ones, and the result is false, where it may see none.
    /// </summary>
    private static bool Weigh(
        AttentionOptions options, int batch, int head, int i, Span<float> query, Tensor key, Span<float> bias, double[] weights)
    {
        int column = head / (options.HeadCount / options.KeyValueHeadCount) * options.HeadSize;
        long place = (long)options.KeyLength - options.QueryLength + i;
        bool any = false;
        int shown = 0;
        for (int j = 0; j < options.KeyLength; j++)
        {
            int keyPlace = shown;
            shown += options.KeyMask is null || options.KeyMask[(batch * options.KeyLength) + j] != 0 ? 1 : 0;
            bool visible = !(options.Causal && j > place)
                && !(options is { Causal: false, LookAhead: { } ahead } && j > place + ahead)
                && !(options.Window is { } window && place - window >= j)
                && (options.KeyMask is null || options.KeyMask[(batch * options.KeyLength) + j] != 0);
            weights[j] = double.NegativeInfinity;
            if (visible)
            {
                var k = key.Row((batch * options.KeyCapacity) + j);
                double dot = 0;
                for (int c = 0; c < query.Length; c++)
                {
                    dot += (double)query[c] * k[column + c];
                }

                double score = dot * options.Scale;
                score = options.SoftCap is { } cap ? cap * Math.Tanh(score / cap) : score;
                weights[j] = score + (bias.IsEmpty ? 0 : bias[j]) + (options.KeySlopes is { } slopes ? slopes[head] * keyPlace : 0);
                any = true;
            }
        }

        if (!any)
        {
            Array.Clear(weights);
        }

        SoftmaxInPlace(weights);
        return any;
    }

    private static int BiasRow(AttentionOptions options, int batch, int head, int query) =>
        (((options.HasBiasPerSequence ? batch * options.HeadCount : 0) + head) * options.QueryLength) + query;

    /// <summary>What dropout makes of one probability: 0, or what it is multiplied by.</summary>
    private static double DropoutFactor(AttentionOptions options, int batch, int head, int query, int key)
    {
        if (options.Dropout is not { } dropout)
        {
            return 1;
        }

        DropoutRule.CheckRate(dropout.Rate);
        long element = DropoutRule.AttentionElement(options, batch, head, query) + key;
        return DropoutRule.Drops(dropout.Stream, element, DropoutRule.Threshold(dropout.Rate)) ? 0 : DropoutRule.Factor(dropout.Rate);
    }
}
