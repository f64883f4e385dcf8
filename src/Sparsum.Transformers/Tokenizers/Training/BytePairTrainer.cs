using System.Text;
using Sparsum.Transformers.Tokenizers.ByteLevel;

namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>
/// Learns byte-level byte-pair encoding: GPT-2's words and alphabet (Radford et al. 2019), joins by frequency (Sennrich et al. 2016). Ids are
/// <c>&lt;|endoftext|&gt;</c>, <c>&lt;pad&gt;</c>, the 256 bytes in the order of their stand-ins, then the joins.
/// </summary>
public sealed class BytePairTrainer : ITokenizerTrainer
{
    /// <inheritdoc/>
    public string Name => "bpe";

    /// <inheritdoc/>
    public TrainedTokenizer Train(IEnumerable<string> texts, TokenizerTrainingOptions options, CancellationToken cancellationToken = default)
    {
        var vocabulary = new Vocabulary();
        vocabulary.Add(BytePairFiles.EndToken);
        vocabulary.Add(BytePairFiles.PadToken);
        string[] alphabet = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.CharacterOf((byte)value).ToString())];
        foreach (string symbol in alphabet.Order(StringComparer.Ordinal))
        {
            vocabulary.Add(symbol);
        }

        options.Require(vocabulary.Tokens.Count, "2 special tokens and 256 bytes");
        var counts = Count(texts, cancellationToken);
        int[] ids = [.. alphabet.Select(symbol => vocabulary[symbol])];
        var words = counts.Sorted.Select(word => (Encoding.UTF8.GetBytes(word.Key).Select(value => ids[value]).ToArray(), word.Value));
        var merges = MergeLearning.Run(vocabulary, words, options, string.Concat, cancellationToken);
        return new TrainedTokenizer(vocabulary.Tokens, merges, BytePairFiles.Create(vocabulary.Tokens, merges));
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
