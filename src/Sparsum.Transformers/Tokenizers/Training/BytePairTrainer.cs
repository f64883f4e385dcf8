using System.Text;
using Sparsum.Transformers.Tokenizers.ByteLevel;

namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>
/// Learns byte-level byte-pair encoding: GPT-2's words and alphabet (Radford et al. 2019), joins by frequency (Sennrich et al. 2016). Ids are
/// the special tokens, the 256 bytes in the order of their stand-ins, then the joins, and last the sentinels where there are any.
/// </summary>
public sealed class BytePairTrainer : ITokenizerTrainer
{
    private readonly BytePairLayout layout;

    /// <summary>For decoders: <c>&lt;|endoftext|&gt;</c>, which begins and ends texts, and <c>&lt;pad&gt;</c>.</summary>
    public BytePairTrainer()
        : this(BytePairLayout.Decoder)
    {
    }

    private BytePairTrainer(BytePairLayout layout) => this.layout = layout;

    /// <summary>
    /// For models with an encoder and a decoder: <c>&lt;pad&gt;</c>, with which targets begin, <c>&lt;/s&gt;</c>, which ends every text,
    /// <c>&lt;unk&gt;</c>, and 100 sentinels as T5 has them (Raffel et al. 2020). Learned from texts of two languages it is a joint vocabulary.
    /// </summary>
    public static BytePairTrainer ForTwoStacks { get; } = new(BytePairLayout.TwoStacks);

    /// <inheritdoc/>
    public string Name => layout.Name;

    /// <inheritdoc/>
    public TrainedTokenizer Train(IEnumerable<string> texts, TokenizerTrainingOptions options, CancellationToken cancellationToken = default)
    {
        var vocabulary = new Vocabulary();
        foreach (string token in layout.First)
        {
            vocabulary.Add(token);
        }

        string[] alphabet = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.CharacterOf((byte)value).ToString())];
        foreach (string symbol in alphabet.Order(StringComparer.Ordinal))
        {
            vocabulary.Add(symbol);
        }

        options.Require(
            vocabulary.Tokens.Count + layout.Last.Count, FormattableString.Invariant($"{layout.First.Count + layout.Last.Count} special tokens and 256 bytes"));
        var counts = Count(texts, cancellationToken);
        int[] ids = [.. alphabet.Select(symbol => vocabulary[symbol])];
        var words = counts.Sorted.Select(word => (Encoding.UTF8.GetBytes(word.Key).Select(value => ids[value]).ToArray(), word.Value));
        var room = options with { VocabularySize = options.VocabularySize - layout.Last.Count };
        var merges = MergeLearning.Run(vocabulary, words, room, string.Concat, cancellationToken);
        foreach (string token in layout.Last)
        {
            vocabulary.Add(token);
        }

        return new TrainedTokenizer(vocabulary.Tokens, merges, new BytePairFiles(layout, vocabulary.Tokens, merges).Create());
    }

    private static WordCounts Count(IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var splitter = new Gpt2PreTokenizer();
        var counts = new WordCounts();
        foreach (string text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
            {
                int length = splitter.FirstWord(rest);
                counts.Add(rest[..length]);
                rest = rest[length..];
            }
        }

        counts.RequireAny();
        return counts;
    }
}
