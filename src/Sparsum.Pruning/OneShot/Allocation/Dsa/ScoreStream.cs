using Sparsum.Pruning.OneShot.Masks;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>
/// The scores of all matrices of a block as one vector that is never held: every sum goes over them row by row, and what operations make of
/// a score is computed anew each time. Sums are in double and in an order that no number of threads changes.
/// </summary>
internal sealed class ScoreStream
{
    private readonly IReadOnlyList<LayerScores> layers;
    private readonly List<Func<float, float>> operations = [];

    /// <summary>Takes the scores of a block's layers.</summary>
    public ScoreStream(IReadOnlyList<LayerScores> layers)
    {
        this.layers = layers;
        Count = layers.Sum(layer => (long)layer.Rows * layer.Columns);
    }

    /// <summary>How many values there are.</summary>
    public long Count { get; }

    /// <summary>Changes every value from here on.</summary>
    public void Apply(string operation) => operations.Add(
        DsaOperation.Create(operation, DsaOperation.NeedsSummary(operation) ? Summarize() : default));

    /// <summary>Mean, variance and range.</summary>
    public ScoreSummary Summarize()
    {
        double mean = Sum(x => x) / Count;
        double squares = Sum(x => (x - mean) * (x - mean));
        var (least, most) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var (low, high) in Collect(Range))
        {
            (least, most) = (Math.Min(least, low), Math.Max(most, high));
        }

        return new ScoreSummary(mean, squares / (Count - 1), least, most);
    }

    /// <summary>The sum of a function of every value.</summary>
    public double Sum(Func<double, double> function) => Collect(values =>
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += function(value);
        }

        return sum;
    }).Sum();

    private static (float Least, float Most) Range(ReadOnlySpan<float> values)
    {
        var (least, most) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (float value in values)
        {
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        }

        return (least, most);
    }

    /// <summary>One result for each row, in order.</summary>
    private IEnumerable<T> Collect<T>(Func<ReadOnlySpan<float>, T> ofRow) => layers.SelectMany(layer =>
    {
        var results = new T[layer.Rows];
        layer.ForEachRow((row, scores, _) =>
        {
            float[] values = scores.ToArray();
            foreach (var operation in operations)
            {
                for (int c = 0; c < values.Length; c++)
                {
                    values[c] = operation(values[c]);
                }
            }

            results[row] = ofRow(values);
        });
        return results;
    });
}
