using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Tests.Tokenizers.Training;

/// <summary>Text with many repeated parts and many equal counts, made from a seed.</summary>
internal static class TrainingCorpus
{
    private static readonly string[] Syllables = ["ab", "ba", "aa", "a", "b", "ca", "cab", "é", "x1", "12", "B", "'s", ",", "aaa"];

    public static string[] Create(ulong seed, int lines)
    {
        var random = new Pcg32(seed);
        return [.. Enumerable.Range(0, lines).Select(_ => string.Join(' ', Enumerable.Range(0, 8).Select(_ => Word(random))))];
    }

    private static string Word(Pcg32 random) =>
        string.Concat(Enumerable.Range(0, 1 + (int)(random.NextUInt32() % 4)).Select(_ => Syllables[random.NextUInt32() % Syllables.Length]));
}
