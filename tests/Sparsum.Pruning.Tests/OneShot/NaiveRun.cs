using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>
/// What block-by-block pruning should see, found in the plainest way: the whole model runs on one sequence after the other, without
/// batches or padding, in double precision.
/// </summary>
internal static class NaiveRun
{
    /// <summary>For each linear layer of the blocks and each of its input features <c>√((1/N) Σ x²)</c>.</summary>
    public static Dictionary<string, double[]> InputNorms(TransformerModel model, IReadOnlyList<TokenBatch> samples)
    {
        using var computation = new Computation(new ReferenceBackend());
        var sums = new Sums(_ => true);
        foreach (var sample in samples)
        {
            using var logits = model.Forward(model.BeginPass(computation, sample, observer: sums), sample);
        }

        return sums.ToNorms(samples.Count);
    }

    /// <summary>The same from one padded batch with a mask, leaving out the rows of padding.</summary>
    public static Dictionary<string, double[]> InputNormsOfPadded(TransformerModel model, TokenBatch batch)
    {
        using var computation = new Computation(new ReferenceBackend());
        var sums = new Sums(row => batch.AttentionMask![row] != 0);
        using var logits = model.Forward(model.BeginPass(computation, batch, observer: sums), batch);
        return sums.ToNorms(batch.Batch);
    }

    /// <summary>The <c>⌊C·ratio⌋</c> places of a row with the smallest <c>|w|·norm</c>, as a mask.</summary>
    public static bool[] WandaMask(ReadOnlySpan<float> row, double[] norms, double ratio)
    {
        var mask = new bool[row.Length];
        float[] weights = row.ToArray();
        foreach (int place in Enumerable.Range(0, row.Length).OrderBy(i => Math.Abs(weights[i]) * norms[i]).Take((int)(row.Length * ratio)))
        {
            mask[place] = true;
        }

        return mask;
    }

    private sealed class Sums(Func<int, bool> counts) : ILinearObserver
    {
        private readonly Dictionary<string, double[]> squares = [];

        public void Observe(Linear layer, Tensor input)
        {
            if (!squares.TryGetValue(layer.Name, out double[]? sums))
            {
                squares.Add(layer.Name, sums = new double[layer.InputSize]);
            }

            for (int row = 0; row < input.RowCount; row++)
            {
                for (int c = 0; c < sums.Length && counts(row); c++)
                {
                    sums[c] += (double)input.Row(row)[c] * input.Row(row)[c];
                }
            }
        }

        public Dictionary<string, double[]> ToNorms(int samples) =>
            squares.ToDictionary(item => item.Key, item => item.Value.Select(sum => Math.Sqrt(sum / samples)).ToArray());
    }
}
