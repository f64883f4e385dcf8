namespace Sparsum.Tensors.Optimization;

/// <summary>The optimiser weight by weight in double precision, as the textbook has it: the reference of <see cref="AdamW"/>.</summary>
internal static class PlainAdamW
{
    /// <inheritdoc cref="AdamW.Step"/>
    public static void Step(
        AdamWOptions options,
        AdamWStep step,
        Tensor weight,
        Tensor gradient,
        Tensor firstMoment,
        Tensor secondMoment,
        FusedPenalty? penalty)
    {
        var mode = penalty?.Mode ?? PenaltyMode.Coupled;
        for (int r = 0; r < weight.RowCount; r++)
        {
            for (int c = 0; c < weight.Columns; c++)
            {
                double w = weight.Row(r)[c];
                double task = gradient.Row(r)[c];
                double pull = Coefficient(penalty, r, c) * Math.Sign(w);
                double g = (mode == PenaltyMode.Proximal ? task : task + pull) * step.GradientScale;
                double m = (options.Beta1 * firstMoment.Row(r)[c]) + ((1 - options.Beta1) * g);
                double v = (options.Beta2 * secondMoment.Row(r)[c]) + ((1 - options.Beta2) * g * g);
                double rate = step.LearningRate / (Math.Sqrt(v / (1 - Math.Pow(options.Beta2, step.Number))) + options.Epsilon);
                double moved = (w * (1 - (step.LearningRate * step.WeightDecay))) - (rate * m / (1 - Math.Pow(options.Beta1, step.Number)));
                weight.Row(r)[c] = (float)(mode switch
                {
                    PenaltyMode.ClipAtZero when pull * moved < 0 && pull * task <= 0 => 0,
                    PenaltyMode.Proximal => Math.CopySign(Math.Max(Math.Abs(moved) - (Coefficient(penalty, r, c) * rate), 0), moved),
                    _ => moved,
                });
                firstMoment.Row(r)[c] = (float)m;
                secondMoment.Row(r)[c] = (float)v;
            }
        }
    }

    /// <inheritdoc cref="AdamW.Measure"/>
    public static void Measure(Tensor weight, SweepStatistics statistics)
    {
        Array.Clear(statistics.RowSums);
        Array.Clear(statistics.RowNearZero);
        Array.Clear(statistics.ColumnSums);
        Array.Clear(statistics.ColumnNearZero);
        for (int r = 0; r < weight.RowCount; r++)
        {
            for (int c = 0; c < weight.Columns; c++)
            {
                float magnitude = Math.Abs(weight.Row(r)[c]);
                int nearZero = magnitude < statistics.Epsilon ? 1 : 0;
                statistics.RowSums[r] += magnitude;
                statistics.RowNearZero[r] += nearZero;
                if (statistics.GathersColumns)
                {
                    statistics.ColumnSums[c] += magnitude;
                    statistics.ColumnNearZero[c] += nearZero;
                }
            }
        }
    }

    /// <inheritdoc cref="AdamW.Squares"/>
    public static GradientSquares Squares(Tensor weight, Tensor gradient, FusedPenalty? penalty)
    {
        double task = 0;
        double total = 0;
        for (int r = 0; r < weight.RowCount; r++)
        {
            for (int c = 0; c < weight.Columns; c++)
            {
                double g = gradient.Row(r)[c];
                double sum = g + (Coefficient(penalty, r, c) * Math.Sign(weight.Row(r)[c]));
                task += g * g;
                total += sum * sum;
            }
        }

        return new GradientSquares(task, total);
    }

    private static double Coefficient(FusedPenalty? penalty, int row, int column) =>
        penalty?.RowCoefficients?[row] ?? penalty?.ColumnCoefficients?[column] ?? 0;
}
