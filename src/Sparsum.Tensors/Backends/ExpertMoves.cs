using Sparsum.Tensors.Backends.Cpu;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Sparsum.Tensors.Backends;

/// <summary>Chooses experts for tokens and adds what they give, row by row. A small part of the work of the experts themselves.</summary>
internal static class ExpertMoves
{
    /// <summary>See <see cref="IBackend.Route"/>.</summary>
    public static void Route(Tensor logits, bool normalizes, Span<int> chosen, Tensor weights)
    {
        int count = weights.Columns;
        CheckRouting(logits, chosen, weights);
        var order = new int[logits.Columns];
        for (int token = 0; token < logits.RowCount; token++)
        {
            var scores = logits.Row(token);
            var own = chosen.Slice(token * count, count);
            Largest(scores, order, own);
            var shares = Probabilities(scores, normalizes ? own : null);
            for (int i = 0; i < count; i++)
            {
                weights.Row(token)[i] = (float)shares[own[i]];
            }
        }
    }

    /// <summary>See <see cref="IBackend.RouteGradient"/>.</summary>
    public static void RouteGradient(Tensor logits, bool normalizes, ReadOnlySpan<int> chosen, Tensor weightGradient, Tensor logitGradient)
    {
        int count = weightGradient.Columns;
        CheckRouting(logits, chosen, weightGradient);
        ShapeChecks.Same(nameof(IBackend.RouteGradient), logits, logitGradient);
        for (int token = 0; token < logits.RowCount; token++)
        {
            var own = chosen.Slice(token * count, count);
            var shares = Probabilities(logits.Row(token), normalizes ? own : null);
            var given = weightGradient.Row(token);
            double mean = 0;
            for (int i = 0; i < count; i++)
            {
                mean += shares[own[i]] * given[i];
            }

            var slopes = logitGradient.Row(token);
            for (int expert = 0; expert < slopes.Length; expert++)
            {
                slopes[expert] = (float)(-shares[expert] * mean);
            }

            for (int i = 0; i < count; i++)
            {
                slopes[own[i]] = (float)(shares[own[i]] * (given[i] - mean));
            }
        }
    }

    /// <summary>See <see cref="IBackend.AddWeightedRows"/>.</summary>
    public static void AddWeightedRows(Tensor rows, ReadOnlySpan<int> ids, Tensor weights, ReadOnlySpan<int> places, Tensor sum)
    {
        CheckRows(rows, ids, places, sum);
        for (int i = 0; i < ids.Length; i++)
        {
            var total = sum.Row(ids[i]);
            TensorPrimitives.MultiplyAdd(rows.Row(i), weights.Span[places[i]], total, total);
        }
    }

    /// <summary>See <see cref="IBackend.AddWeightedRowsGradient"/>.</summary>
    public static void AddWeightedRowsGradient(
        Tensor rows, ReadOnlySpan<int> ids, Tensor weights, ReadOnlySpan<int> places, Tensor sumGradient, Tensor rowGradient, Tensor? weightGradient)
    {
        CheckRows(rows, ids, places, sumGradient);
        for (int i = 0; i < ids.Length; i++)
        {
            var given = sumGradient.Row(ids[i]);
            TensorPrimitives.Multiply(given, weights.Span[places[i]], rowGradient.Row(i));
            if (weightGradient is not null)
            {
                weightGradient.Span[places[i]] += TensorPrimitives.Dot<float>(given, rows.Row(i));
            }
        }
    }

    /// <summary>The largest scores first; of equal ones that of the lower number.</summary>
    private static void Largest(ReadOnlySpan<float> scores, int[] order, Span<int> chosen)
    {
        float[] keys = scores.ToArray();
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (a, b) => keys[a] == keys[b] ? a.CompareTo(b) : keys[b].CompareTo(keys[a]));
        order.AsSpan(0, chosen.Length).CopyTo(chosen);
    }

    /// <summary>The softmax over all scores, or over some, where the others have 0.</summary>
    private static double[] Probabilities(ReadOnlySpan<float> scores, ReadOnlySpan<int> among)
    {
        var shares = new double[scores.Length];
        float largest = TensorPrimitives.Max(scores);
        double sum = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            shares[i] = among.IsEmpty || among.Contains(i) ? Math.Exp((double)scores[i] - largest) : 0;
            sum += shares[i];
        }

        for (int i = 0; i < shares.Length; i++)
        {
            shares[i] /= sum;
        }

        return shares;
    }

    private static void CheckRouting(Tensor logits, ReadOnlySpan<int> chosen, Tensor weights)
    {
        ShapeChecks.Count(nameof(IBackend.Route), "rows of weights", weights.RowCount, logits.RowCount, logits);
        ShapeChecks.Count(nameof(IBackend.Route), "choices", chosen.Length, checked((int)weights.Length), weights);
        if (weights.Columns > logits.Columns)
        {
            throw new ArgumentException($"{weights.Columns} experts cannot be chosen by {logits}.", nameof(weights));
        }
    }

    private static void CheckRows(Tensor rows, ReadOnlySpan<int> ids, ReadOnlySpan<int> places, Tensor sum)
    {
        ShapeChecks.Count(nameof(IBackend.AddWeightedRows), "ids", ids.Length, rows.RowCount, rows);
        ShapeChecks.Count(nameof(IBackend.AddWeightedRows), "places", places.Length, rows.RowCount, rows);
        ShapeChecks.Count(nameof(IBackend.AddWeightedRows), "columns", rows.Columns, sum.Columns, sum);
    }
}
