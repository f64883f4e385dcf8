namespace Sparsum.Transformers.Models;

/// <summary>The list <c>layer_types</c> of a configuration: the kind of attention of each block.</summary>
public static class LayerTypes
{
    /// <summary>A token sees all that it may.</summary>
    public const string Full = "full_attention";

    /// <summary>A token sees a window.</summary>
    public const string Sliding = "sliding_attention";

    /// <summary>Checks a list that a file may have.</summary>
    /// <param name="types">The list; null is no list.</param>
    /// <param name="blockCount">Number of blocks.</param>
    /// <exception cref="Core.InvalidInputException">It has another length, or a kind that is not known.</exception>
    public static void Check(IReadOnlyList<string>? types, int blockCount)
    {
        if (types is null)
        {
            return;
        }

        if (types.Count != blockCount)
        {
            throw ConfigCheck.Invalid("layer_types", $"a list of {types.Count}", $"a list of num_hidden_layers, {blockCount}");
        }

        if (types.FirstOrDefault(type => type is not (Full or Sliding)) is { } unknown)
        {
            throw ConfigCheck.Unsupported("layer_types", $"a list with '{unknown}'", $"a list of {Full} and {Sliding}");
        }
    }

    /// <summary>The list of a pattern in which every <paramref name="period"/>-th block attends in full.</summary>
    /// <exception cref="Core.InvalidInputException">The period is not positive.</exception>
    public static IReadOnlyList<string> EveryNth(string key, int period, int blockCount)
    {
        ConfigCheck.Sizes((key, period));
        return [.. Enumerable.Range(1, blockCount).Select(block => block % period == 0 ? Full : Sliding)];
    }
}
