namespace Sparsum.Tensors.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void AttentionGradient(
        Tensor query,
        Tensor key,
        Tensor value,
        Tensor? bias,
        AttentionOptions options,
        Tensor outputGradient,
        Tensor queryGradient,
        Tensor keyGradient,
        Tensor valueGradient,
        Tensor? biasGradient)
    {
        int group = options.HeadCount / options.KeyValueHeadCount;
        int size = options.HeadSize;
        var (dk, dv) = (new double[keyGradient.Length], new double[valueGradient.Length]);
        var (weights, slopes) = (new double[options.KeyLength], new double[options.KeyLength]);
        for (int batch = 0; batch < options.Batch; batch++)
        {
            for (int head = 0; head < options.HeadCount; head++)
            {
                for (int i = 0; i < options.QueryLength; i++)
                {
                    int row = (batch * options.QueryLength) + i;
                    var q = query.Row(row).Slice(head * size, size);
                    var dq = queryGradient.Row(row).Slice(head * size, size);
                    var gradient = outputGradient.Row(row).Slice(head * size, size);
                    var addends = bias is null || options.KeyLength == 0 ? default : bias.Row(BiasRow(options, batch, head, i));
                    bool sees = Weigh(options, batch, head, i, q, key, addends, weights);
                    double mean = 0;
                    for (int j = 0; j < weights.Length; j++)
                    {
                        int start = KeyStart(batch, j, head);
                        slopes[j] = 0;
                        double kept = sees ? DropoutFactor(options, batch, head, i, j) : 1;
                        for (int c = 0; c < size; c++)
                        {
                            slopes[j] += kept * gradient[c] * value.Span[start + c];
                            dv[start + c] += weights[j] * kept * gradient[c];
                        }

                        mean += weights[j] * slopes[j];
                    }

                    var sums = new double[size];
                    for (int j = 0; sees && j < weights.Length; j++)
                    {
                        int start = KeyStart(batch, j, head);
                        double slope = weights[j] * (slopes[j] - mean);
                        double inner = slope * options.Scale * CapSlope(options, q, key.Span.Slice(start, size));
                        for (int c = 0; c < size; c++)
                        {
                            sums[c] += inner * key.Span[start + c];
                            dk[start + c] += inner * q[c];
                        }

                        if (biasGradient is not null)
                        {
                            biasGradient.Row(BiasRow(options, batch, head, i))[j] += (float)slope;
                        }
                    }

                    for (int c = 0; c < size; c++)
                    {
                        dq[c] = (float)sums[c];
                    }
                }
            }
        }

        for (int i = 0; i < dk.Length; i++)
        {
            keyGradient.Span[i] = (float)dk[i];
            valueGradient.Span[i] = (float)dv[i];
        }

        int KeyStart(int batch, int j, int head) =>
            (((batch * options.KeyCapacity) + j) * options.KeyValueHeadCount * size) + (head / group * size);
    }

    /// <summary>The derivative of the bound on the score of a query and a key.</summary>
    private static double CapSlope(AttentionOptions options, ReadOnlySpan<float> query, ReadOnlySpan<float> key)
    {
        if (options.SoftCap is not { } cap)
        {
            return 1;
        }

        double dot = 0;
        for (int c = 0; c < query.Length; c++)
        {
            dot += (double)query[c] * key[c];
        }

        return 1 - Math.Pow(Math.Tanh(dot * options.Scale / cap), 2);
    }
}
