namespace Sparsum.Extensions.AI;

/// <summary>Lets text through up to the first of some sequences, and holds back what may be the beginning of one.</summary>
/// <param name="sequences">The sequences, none of them empty.</param>
internal sealed class StopFilter(IReadOnlyList<string> sequences)
{
    private string held = "";

    /// <summary>Whether one has come; nothing comes through any more.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>Takes text and gives what is certain to stand before any sequence.</summary>
    public string Push(string text)
    {
        if (HasStopped)
        {
            return "";
        }

        held += text;
        int found = sequences.Select(sequence => held.IndexOf(sequence, StringComparison.Ordinal)).Where(index => index >= 0).DefaultIfEmpty(-1).Min();
        HasStopped = found >= 0;
        int certain = HasStopped ? found : held.Length - sequences.Select(Overlap).DefaultIfEmpty(0).Max();
        string passed = held[..certain];
        held = held[certain..];
        return passed;
    }

    /// <summary>Gives what was held back and turned out to be no sequence.</summary>
    public string Finish() => HasStopped ? "" : held;

    // The longest end of the text with which a sequence begins.
    private int Overlap(string sequence)
    {
        for (int length = Math.Min(held.Length, sequence.Length - 1); length > 0; length--)
        {
            if (held.AsSpan(held.Length - length).SequenceEqual(sequence.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }
}
