using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// Queries, keys and values that a checkpoint stores in one tensor group by group: the query heads that share a key, that key, and its
/// value (GPT-NeoX and BLOOM, where each head is a group; Falcon).
/// </summary>
internal static class FusedAttention
{
    /// <summary>The three parts.</summary>
    /// <param name="scope">The scope of the attention.</param>
    /// <param name="name">The name of the stored layer.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="groups">Key/value heads.</param>
    /// <param name="headSize">Width of a head.</param>
    /// <param name="inputSize">Width of the hidden states.</param>
    /// <param name="hasBias">Whether there is a bias.</param>
    public static (Linear Query, Linear Key, Linear Value) ByGroup(
        ParameterScope scope, string name, int heads, int groups, int headSize, int inputSize, bool hasBias)
    {
        int perGroup = heads / groups;
        return (Part("query", 0, perGroup), Part("key", perGroup, 1), Part("value", perGroup + 1, 1));

        Linear Part(string part, int first, int count)
        {
            int[] features =
            [
                .. Enumerable.Range(0, groups).SelectMany(group =>
                    Enumerable.Range(((group * (perGroup + 2)) + first) * headSize, count * headSize)),
            ];
            return scope.FusedPart(name, part, features, (heads + (2 * groups)) * headSize, inputSize, hasBias, isTransposed: false);
        }
    }
}
