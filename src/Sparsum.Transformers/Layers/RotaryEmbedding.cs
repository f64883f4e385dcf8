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
    private RotaryTable table;

    /// <summary>Creates the embedding.</summary>
    /// <param name="inverseFrequencies">Angle per position of each pair of features.</param>
    public RotaryEmbedding(ReadOnlySpan<double> inverseFrequencies)
    {
        this.inverseFrequencies = inverseFrequencies.ToArray();
        table = new RotaryTable(inverseFrequencies, SmallestTable);
    }

    /// <summary>Number of features at the start of each head that are rotated.</summary>
    public int Size => inverseFrequencies.Length * 2;

    /// <summary>Angle per position of each pair of features.</summary>
    public ReadOnlySpan<double> InverseFrequencies => inverseFrequencies;

    /// <summary>A table that reaches all these positions.</summary>
    public RotaryTable Table(ReadOnlySpan<int> positions)
    {
        int last = 0;
        foreach (int position in positions)
        {
            last = Math.Max(last, position);
        }

        // Threads that race here build equal tables; either may stay.
        var current = table;
        if (last >= current.Length)
        {
            int length = current.Length;
            while (length <= last)
            {
                length = checked(length * 2);
            }

            table = current = new RotaryTable(inverseFrequencies, length);
        }

        return current;
    }
}
