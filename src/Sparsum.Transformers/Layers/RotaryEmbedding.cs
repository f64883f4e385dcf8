using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>
/// Rotary position embedding of a model, shared by its blocks. The table of cosines and sines grows with the positions that are asked
/// for, so that a model made for a hundred thousand positions costs no more than the sequences it sees.
/// </summary>
public sealed class RotaryEmbedding
{
    private const int SmallestTable = 128;
    private readonly double[] inverseFrequencies;
    private RotaryTable? table;
    private RotaryTable? longTable;

    /// <summary>Creates the embedding.</summary>
    /// <param name="inverseFrequencies">Angle per position of each pair of features.</param>
    public RotaryEmbedding(ReadOnlySpan<double> inverseFrequencies) => this.inverseFrequencies = inverseFrequencies.ToArray();

    /// <summary>Number of features at the start of each head that are rotated.</summary>
    public int Size => inverseFrequencies.Length * 2;

    /// <summary>Angle per position of each pair of features; of short sequences where <see cref="Long"/> has others.</summary>
    public ReadOnlySpan<double> InverseFrequencies => inverseFrequencies;

    /// <summary>Factor on what is rotated.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>Whether pairs of features are neighbours; otherwise they are half the rotated part apart.</summary>
    public bool IsInterleaved { get; init; }

    /// <summary>Frequencies of long sequences; null where all have the same.</summary>
    public LongRotary? Long { get; init; }

    /// <summary>A table that reaches all these positions. The largest of them decides which frequencies all get.</summary>
    public RotaryTable Table(ReadOnlySpan<int> positions)
    {
        int length = 1;
        foreach (int position in positions)
        {
            length = Math.Max(length, position + 1);
        }

        // Threads that race here build equal tables; either may stay.
        if (Long is null || length <= Long.Beyond)
        {
            return table = Grow(table, inverseFrequencies, length);
        }

        if (Long.IsFixed)
        {
            return longTable = Grow(longTable, Long.Frequencies(length), length);
        }

        var current = longTable;
        return current?.Length == length ? current : longTable = Build(Long.Frequencies(length), length);
    }

    private RotaryTable Grow(RotaryTable? current, double[] frequencies, int length)
    {
        if (current is not null && current.Length >= length)
        {
            return current;
        }

        int size = current?.Length ?? SmallestTable;
        while (size < length)
        {
            size = checked(size * 2);
        }

        return Build(frequencies, size);
    }

    private RotaryTable Build(double[] frequencies, int length) => new(frequencies, length, Scale, IsInterleaved);
}
