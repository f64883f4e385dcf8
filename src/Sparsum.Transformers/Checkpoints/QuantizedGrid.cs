namespace Sparsum.Transformers.Checkpoints;

/// <summary>The scales on whose steps the values of a matrix lie.</summary>
public sealed class QuantizedGrid
{
    private long roundedToZero;

    /// <summary>Makes room for scales, all 1.</summary>
    /// <param name="quantization">How values are rounded.</param>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Its columns.</param>
    public QuantizedGrid(WeightQuantization quantization, int rows, int columns)
    {
        Quantization = quantization;
        Columns = columns;
        Groups = quantization.GroupsOf(columns);
        Scales = new float[rows * Groups];
        Scales.AsSpan().Fill(1);
    }

    /// <summary>How values are rounded.</summary>
    public WeightQuantization Quantization { get; }

    /// <summary>Columns of the matrix.</summary>
    public int Columns { get; }

    /// <summary>Scales of a row.</summary>
    public int Groups { get; }

    /// <summary>The scales, <c>[rows, groups]</c>.</summary>
    public float[] Scales { get; }

    /// <summary>Weights that rounding made zero.</summary>
    public long RoundedToZero => roundedToZero;

    /// <summary>Counts weights that rounding made zero; any thread may.</summary>
    public void AddRoundedToZero(long count) => Interlocked.Add(ref roundedToZero, count);

    /// <summary>The scales of a row.</summary>
    public Span<float> Row(int row) => Scales.AsSpan(row * Groups, Groups);

    /// <summary>Rounds a row to its scales, in place.</summary>
    /// <param name="row">Which row.</param>
    /// <param name="values">Its values.</param>
    public void Round(int row, Span<float> values)
    {
        long lost = 0;
        int width = Quantization.WidthOf(Columns);
        foreach (ref float scale in Row(row))
        {
            var group = values[..Math.Min(width, values.Length)];
            values = values[group.Length..];
            scale = Quantization.Scale(WeightQuantization.Extreme(group));
            foreach (ref float value in group)
            {
                int step = Quantization.Step(value, scale);
                lost += value != 0 && step == 0 ? 1 : 0;
                value = step * scale;
            }
        }

        AddRoundedToZero(lost);
    }

    /// <summary>The steps of a row whose values lie on the grid.</summary>
    /// <param name="row">Which row.</param>
    /// <param name="values">Its values.</param>
    /// <param name="steps">Receives them.</param>
    /// <exception cref="InvalidOperationException">A value lies between two steps.</exception>
    public void ToSteps(int row, ReadOnlySpan<float> values, Span<sbyte> steps)
    {
        var scales = Row(row);
        int width = Quantization.WidthOf(Columns);
        for (int i = 0; i < values.Length; i++)
        {
            float scale = scales[i / width];
            steps[i] = (sbyte)Quantization.Step(values[i], scale);
            if (steps[i] * scale != values[i])
            {
                throw new InvalidOperationException($"The value {values[i]} is no multiple of the scale {scale}.");
            }
        }
    }
}
