namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>What becomes of the matches when a stretch is cut by a pattern (<c>behavior</c>).</summary>
internal enum SplitBehavior
{
    /// <summary>They go.</summary>
    Removed,

    /// <summary>They stand alone.</summary>
    Isolated,

    /// <summary>They end the part before them.</summary>
    MergedWithPrevious,

    /// <summary>They begin the part after them.</summary>
    MergedWithNext,

    /// <summary>Neighbours among them stay together.</summary>
    Contiguous,
}

/// <summary>Cuts stretches by a pattern.</summary>
/// <param name="pattern">What is looked for.</param>
/// <param name="behavior">What becomes of it.</param>
/// <param name="isInverted">Whether what lies between takes the part of the matches.</param>
internal sealed class SplitRule(TextPattern pattern, SplitBehavior behavior, bool isInverted = false)
{
    /// <summary>Appends the parts of a stretch.</summary>
    public void Split(Stretch stretch, List<Stretch> result)
    {
        var parts = new List<(int Start, int End, bool IsMatch)>();
        int done = 0;
        foreach (var (start, length) in pattern.Matches(stretch.Span))
        {
            if (done < start)
            {
                parts.Add((done, start, isInverted));
            }

            parts.Add((start, start + length, !isInverted));
            done = start + length;
        }

        if (done < stretch.Length)
        {
            parts.Add((done, stretch.Length, isInverted));
        }

        foreach (var (start, end, isMatch) in Join(parts))
        {
            if (start < end && !(isMatch && behavior == SplitBehavior.Removed))
            {
                result.Add(stretch.Slice(start, end - start));
            }
        }
    }

    private List<(int Start, int End, bool IsMatch)> Join(List<(int Start, int End, bool IsMatch)> parts)
    {
        if (behavior is SplitBehavior.Removed or SplitBehavior.Isolated)
        {
            return parts;
        }

        bool isBackward = behavior == SplitBehavior.MergedWithNext;
        var joined = new List<(int Start, int End, bool IsMatch)>();
        bool afterMatch = false;
        foreach (var part in isBackward ? Enumerable.Reverse(parts) : parts)
        {
            bool joins = behavior == SplitBehavior.Contiguous ? part.IsMatch == afterMatch : part.IsMatch && !afterMatch;
            afterMatch = part.IsMatch;
            if (!joins || joined.Count == 0)
            {
                joined.Add(part);
                continue;
            }

            var last = joined[^1];
            joined[^1] = isBackward ? (part.Start, last.End, false) : (last.Start, part.End, false);
        }

        if (isBackward)
        {
            joined.Reverse();
        }

        return joined;
    }
}
