using System.Globalization;
using Sparsum.Core;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Training;
using Sparsum.Training.Optimization;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Samples.Extending;

/// <summary>
/// A sparse-training method: iterative hard thresholding (Blumensath and Davies 2008). After every step of the optimiser each row keeps its
/// largest weights and loses the others, which may grow back in the next step.
/// </summary>
public sealed class HardThresholding : ISparseMethod
{
    /// <inheritdoc/>
    public string Name => "hard-thresholding";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>();

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context) => context.Targets is { Sparsity: { } sparsity, Heads: null }
        ? new Sparsifier(PrunableWeights.Of(context.Model.Blocks, SparsityScope.PlusOutput), sparsity)
        : throw new InvalidInputException("no-target", "Hard thresholding goes to a sparsity, and leaves heads alone.") { Option = "sparsity" };

    private sealed class Sparsifier(PrunableWeights weights, double sparsity) : ISparsifier
    {
        private float largest;

        // What a checkpoint must agree on to be gone on with.
        public string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"hard-thresholding {sparsity}");

        public IReadOnlyDictionary<string, double[]> SaveState() => new Dictionary<string, double[]> { ["largest"] = [largest] };

        public void RestoreState(IReadOnlyDictionary<string, double[]> state) => largest = (float)state["largest"][0];

        public void AfterStep(Trainer trainer, OptimizerStep step)
        {
            foreach (var parameter in weights.Parameters)
            {
                largest = Math.Max(largest, KeepLargest(parameter.Value, sparsity));
            }
        }

        // The zeros are there since the last step.
        public SparsifierResult Finish(Trainer trainer, CancellationToken cancellationToken = default) => new(weights.Measure(), Threshold: 0, LargestThreshold: largest, Excess: 0);
    }

    /// <summary>Zeros the smallest weights of every row, and tells the largest magnitude among them.</summary>
    private static float KeepLargest(Tensor weight, double sparsity)
    {
        int count = (int)(sparsity * weight.Columns);
        float[] magnitudes = new float[weight.Columns];
        int[] columns = new int[weight.Columns];
        float largest = 0;
        for (int r = 0; r < weight.RowCount && count > 0; r++)
        {
            var row = weight.Row(r);
            for (int c = 0; c < row.Length; c++)
            {
                (magnitudes[c], columns[c]) = (Math.Abs(row[c]), c);
            }

            Array.Sort(magnitudes, columns);
            largest = Math.Max(largest, magnitudes[count - 1]);
            foreach (int c in columns.AsSpan(0, count))
            {
                row[c] = 0;
            }
        }

        return largest;
    }
}
