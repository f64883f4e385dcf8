using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Transformers.Tokenizers.WordPiece;

namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>
/// Learns a WordPiece vocabulary for BERT's two-stage tokenizer (Devlin et al. 2019): characters, of which all but the first of a word carry
/// <c>##</c>, are joined by frequency. Ids are the five special tokens, the characters that begin words, those that go on, then the joins. All
/// ASCII letters and digits are there in both forms and all ASCII punctuation, which always stands alone, in the first, so that ordinary
/// words of any text come out in pieces.
/// </summary>
public sealed class WordPieceTrainer : ITokenizerTrainer
{
    private const string Continuation = "##";

    private static readonly (string Role, string Token)[] SpecialTokens =
    [
        ("pad_token", "[PAD]"), ("unk_token", "[UNK]"), ("cls_token", "[CLS]"), ("sep_token", "[SEP]"), ("mask_token", "[MASK]"),
    ];

    /// <inheritdoc/>
    public string Name => "wordpiece";

    /// <inheritdoc/>
    public TrainedTokenizer Train(IEnumerable<string> texts, TokenizerTrainingOptions options, CancellationToken cancellationToken = default)
    {
        var split = new WordPieceOptions { LowerCases = options.LowerCases };
        var counts = Count(texts, new BasicPreTokenizer(split), cancellationToken);
        var words = counts.Sorted
            .Select(word => (Characters: word.Key.EnumerateRunes().ToArray(), Count: word.Value))
            .Where(word => word.Characters.Length <= split.LongestWord)
            .ToList();
        var kept = Alphabet(words, options);
        words.RemoveAll(word => !word.Characters.All(kept.Contains));
        var vocabulary = new Vocabulary();
        foreach (var (_, token) in SpecialTokens)
        {
            vocabulary.Add(token);
        }

        foreach (var character in kept.Order())
        {
            vocabulary.Add(character.ToString());
        }

        var continuing = words.SelectMany(word => word.Characters.Skip(1)).Concat(kept.Where(IsAsciiLetterOrDigit)).Distinct();
        foreach (var character in continuing.Order())
        {
            vocabulary.Add(Continuation + character);
        }

        options.Require(vocabulary.Tokens.Count, "special tokens and alphabet");
        var merges = MergeLearning.Run(
            vocabulary,
            words.Select(word => (Symbols(word.Characters, vocabulary), word.Count)),
            options,
            (left, right) => left + right[Continuation.Length..],
            cancellationToken);
        return new TrainedTokenizer(vocabulary.Tokens, merges, Files(vocabulary.Tokens, options));
    }

    private static WordCounts Count(IEnumerable<string> texts, BasicPreTokenizer splitter, CancellationToken cancellationToken)
    {
        var counts = new WordCounts();
        foreach (string text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (string word in splitter.Split(text))
            {
                counts.Add(word);
            }
        }

        counts.RequireAny();
        return counts;
    }

    private static HashSet<Rune> Alphabet(List<(Rune[] Characters, long Count)> words, TokenizerTrainingOptions options)
    {
        var counts = new Dictionary<Rune, long>();
        foreach (var (characters, count) in words)
        {
            foreach (var character in characters)
            {
                counts[character] = counts.GetValueOrDefault(character) + count;
            }
        }

        var ascii = Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Where(letter => !options.LowerCases || !char.IsUpper(letter));
        var frequent = counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key).Take(options.LargestAlphabet);
        return [.. ascii.Select(letter => new Rune(letter)), .. frequent.Select(entry => entry.Key)];
    }

    private static bool IsAsciiLetterOrDigit(Rune character) => character.IsAscii && Rune.IsLetterOrDigit(character);

    private static int[] Symbols(Rune[] characters, Vocabulary vocabulary) =>
        [.. characters.Select((character, index) => vocabulary[index == 0 ? character.ToString() : Continuation + character])];

    private static Dictionary<string, string> Files(IReadOnlyList<string> tokens, TokenizerTrainingOptions options)
    {
        var settings = Roles();
        settings["tokenizer_class"] = "BertTokenizer";
        settings["do_lower_case"] = options.LowerCases;
        settings["strip_accents"] = null;
        settings["tokenize_chinese_chars"] = true;
        return new Dictionary<string, string>
        {
            ["vocab.txt"] = string.Concat(tokens.Select(token => token + "\n")),
            ["tokenizer_config.json"] = TokenizerFileText.Format(settings),
            ["special_tokens_map.json"] = TokenizerFileText.Format(Roles()),
        };
    }

    private static JsonObject Roles()
    {
        var roles = new JsonObject();
        foreach (var (role, token) in SpecialTokens)
        {
            roles[role] = token;
        }

        return roles;
    }
}
