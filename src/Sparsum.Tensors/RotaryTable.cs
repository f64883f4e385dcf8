namespace Sparsum.Tensors;

/// <summary>
/// Cosines and sines of rotary position embedding (Su et al., RoFormer, eq. 34). In the rotate-half layout feature <c>i</c> of the rotated
/// part is paired with feature <c>i + Size/2</c>; interleaved, feature <c>2i</c> with feature <c>2i + 1</c>.
/// </summary>
public sealed class RotaryTable
{
    private readonly double[] inverseFrequencies;

    /// <summary>Builds the table for positions <c>0 .. length-1</c>.</summary>
    /// <param name="inverseFrequencies">Angle per position of each pair, length <c>Size/2</c>.</param>
    /// <param name="length">Number of positions.</param>
    /// <param name="scale">Factor on cosines and sines, and so on what is rotated (YaRN, LongRoPE).</param>
    /// <param name="isInterleaved">Whether pairs are neighbours (GPT-J).</param>
    public RotaryTable(ReadOnlySpan<double> inverseFrequencies, int length, float scale = 1, bool isInterleaved = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        this.inverseFrequencies = inverseFrequencies.ToArray();
        Length = length;
        IsInterleaved = isInterleaved;
        int half = inverseFrequencies.Length;
        Cosines = new float[length * half];
        Sines = new float[length * half];
        for (int position = 0; position < length; position++)
        {
            for (int i = 0; i < half; i++)
            {
                // The references hold position and frequency in float32 and so does this table: the product is rounded once.
                float angle = position * (float)inverseFrequencies[i];
                Cosines[(position * half) + i] = MathF.Cos(angle) * scale;
                Sines[(position * half) + i] = MathF.Sin(angle) * scale;
            }
        }
    }

    /// <summary>Number of features at the start of each head that are rotated; the rest pass unchanged.</summary>
    public int Size => inverseFrequencies.Length * 2;

    /// <summary>Whether pairs are neighbours; otherwise they are half the rotated part apart.</summary>
    public bool IsInterleaved { get; }

    /// <summary>Number of positions in the table.</summary>
    public int Length { get; }

    /// <summary><c>[Length, Size/2]</c>.</summary>
    public float[] Cosines { get; }

    /// <summary><c>[Length, Size/2]</c>.</summary>
    public float[] Sines { get; }
}
