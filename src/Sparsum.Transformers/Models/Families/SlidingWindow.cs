namespace Sparsum.Transformers.Models.Families;

/// <summary>Which blocks attend through a sliding window.</summary>
internal static class SlidingWindow
{
    /// <summary>All of them (Mistral).</summary>
    public static Func<int, int?> InEveryBlock(int? window)
    {
        Check(window);
        return _ => window;
    }

    /// <summary>
    /// Those that <paramref name="layerTypes"/> calls <c>sliding_attention</c>; without it, those from
    /// <paramref name="firstBlock"/> on (Qwen). A null window means none.
    /// </summary>
    public static Func<int, int?> InSomeBlocks(int? window, int firstBlock, IReadOnlyList<string>? layerTypes)
    {
        if (window is null)
        {
            return _ => null;
        }

        Check(window);
        return block => (layerTypes is null ? block >= firstBlock : layerTypes[block] == LayerTypes.Sliding) ? window : null;
    }

    private static void Check(int? window)
    {
        if (window is { } size)
        {
            ConfigCheck.Sizes(("sliding_window", size));
        }
    }
}
