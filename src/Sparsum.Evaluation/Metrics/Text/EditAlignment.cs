namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>The fewest insertions, deletions and substitutions that turn words into a target, and which word became which.</summary>
internal sealed class EditAlignment
{
    private const int Beam = 25;
    private const int Unreached = int.MaxValue / 2;

    private EditAlignment(int words, int target, int edits)
    {
        Edits = edits;
        IsWrong = new bool[words];
        IsMissing = new bool[target];
        Positions = new int[target];
    }

    private enum Step : byte
    {
        Keep,
        Substitute,
        Delete,
        Insert,
    }

    public int Edits { get; }

    /// <summary>For each word, whether it is substituted or deleted.</summary>
    public bool[] IsWrong { get; }

    /// <summary>For each word of the target, whether it is put in for another or inserted.</summary>
    public bool[] IsMissing { get; }

    /// <summary>For each word of the target, which word stands there; for an inserted one the word before, or -1.</summary>
    public int[] Positions { get; }

    /// <summary>Aligns; only the neighbourhood of the diagonal is looked at, as the published scorers do.</summary>
    public static EditAlignment Of(int[] words, int[] target)
    {
        int width = target.Length + 1;
        var steps = new Step[(words.Length + 1) * width];
        steps.AsSpan(1, target.Length).Fill(Step.Insert);
        int[] above = [.. Enumerable.Range(0, width)];
        int[] row = new int[width];
        double slope = words.Length == 0 ? 1 : (double)target.Length / words.Length;
        int beam = Beam < slope / 2 ? (int)Math.Ceiling((slope / 2) + Beam) : Beam;
        for (int i = 1; i <= words.Length; i++)
        {
            int diagonal = (int)Math.Floor(i * slope);
            int end = i == words.Length ? width : Math.Min(width, diagonal + beam);
            Array.Fill(row, Unreached);
            for (int j = Math.Max(0, diagonal - beam); j < end; j++)
            {
                (row[j], steps[(i * width) + j]) = Cheapest(above, row, j, j > 0 && words[i - 1] == target[j - 1]);
            }

            (above, row) = (row, above);
        }

        var alignment = new EditAlignment(words.Length, target.Length, above[^1]);
        alignment.Trace(steps, width);
        return alignment;
    }

    // On ties the step that is looked at first.
    private static (int Cost, Step Step) Cheapest(int[] above, int[] row, int j, bool isSame)
    {
        if (j == 0)
        {
            return (above[0] + 1, Step.Delete);
        }

        var best = (Cost: above[j - 1] + (isSame ? 0 : 1), Step: isSame ? Step.Keep : Step.Substitute);
        best = above[j] + 1 < best.Cost ? (above[j] + 1, Step.Delete) : best;
        return row[j - 1] + 1 < best.Cost ? (row[j - 1] + 1, Step.Insert) : best;
    }

    private void Trace(Step[] steps, int width)
    {
        for (int i = IsWrong.Length, j = IsMissing.Length; i > 0 || j > 0;)
        {
            var step = steps[(i * width) + j];
            if (step != Step.Insert)
            {
                IsWrong[--i] = step != Step.Keep;
            }

            if (step != Step.Delete)
            {
                IsMissing[--j] = step != Step.Keep;
                Positions[j] = step == Step.Insert ? i - 1 : i;
            }
        }
    }
}
