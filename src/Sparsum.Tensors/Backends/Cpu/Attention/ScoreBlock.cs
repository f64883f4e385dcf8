namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>The products of some queries of one head with its keys, and what makes attention weights of them.</summary>
internal unsafe struct ScoreBlock
{
    /// <summary>Keys to which rows are filled up, so that vectors of any width find whole rows.</summary>
    public const int Granule = 16;

    /// <summary><c>[Rows, Stride]</c>: query times key. Lanes from <see cref="Keys"/> to <see cref="Width"/> hold finite numbers.</summary>
    public required float* Products;

    /// <summary>Number of queries.</summary>
    public required int Rows;

    /// <summary>Floats from a row to the next.</summary>
    public required nint Stride;

    /// <summary>Number of keys.</summary>
    public required int Keys;

    /// <summary>Factor on the products.</summary>
    public required float Scale;

    /// <summary>0 or what a key's place adds; negative infinity where the key mask hides it and behind the last; <see cref="Width"/> floats.</summary>
    public required float* Addends;

    /// <summary>Added to the scaled products, one per key; or null.</summary>
    public required float* Bias;

    /// <summary>Floats from the bias of a row to the next.</summary>
    public required nint BiasStride;

    /// <summary>The first key that each row sees.</summary>
    public required int* First;

    /// <summary>Behind the last key that each row sees; <see cref="First"/> where the row sees nothing.</summary>
    public required int* End;

    /// <summary>Receives the sum of each row's weights; 0 exactly where the row sees nothing.</summary>
    public required double* Sums;

    /// <summary>Whether weights are divided by their sum.</summary>
    public required bool Normalizes;

    /// <summary><see cref="Keys"/>, rounded up.</summary>
    public readonly int Width => WidthOf(Keys);

    /// <summary>Floats that a row needs.</summary>
    public static int WidthOf(int keys) => (keys + Granule - 1) / Granule * Granule;

    /// <summary>Writes the addends of keys from <paramref name="start"/> on: their mask, and what their places add by a slope.</summary>
    public static void WriteAddends(byte* mask, int start, int keys, float slope, float* addends)
    {
        int place = start;
        for (int key = 0; key < start && mask is not null && slope != 0; key++)
        {
            place -= mask[key] == 0 ? 1 : 0;
        }

        for (int key = 0; key < keys; key++)
        {
            bool isShown = mask is null || mask[start + key] != 0;
            addends[key] = isShown ? slope * place : float.NegativeInfinity;
            place += isShown ? 1 : 0;
        }

        new Span<float>(addends + keys, WidthOf(keys) - keys).Fill(float.NegativeInfinity);
    }

    /// <summary>Whether the mask leaves any of some keys.</summary>
    public static bool Sees(byte* mask, int from, int to) =>
        from < to && (mask is null || new ReadOnlySpan<byte>(mask + from, to - from).ContainsAnyExcept((byte)0));
}
