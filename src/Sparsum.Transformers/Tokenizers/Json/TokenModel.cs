using System.Text;
using System.Text.Json;
using Sparsum.Transformers.Tokenizers.SentencePiece;
using Sparsum.Transformers.Tokenizers.WordPiece;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Turns words into ids by the vocabulary of a <c>tokenizer.json</c>.</summary>
internal abstract class TokenModel
{
    /// <summary>The tokens with their ids.</summary>
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    /// <summary>The id of what the vocabulary lacks; null where there is none.</summary>
    public int? Unknown { get; init; }

    /// <summary>Whether the ids of a word can be remembered: they depend on nothing else, and words are short.</summary>
    public virtual bool IsCacheable => true;

    /// <summary>Appends the ids of a word that is not empty.</summary>
    public abstract void Encode(string word, List<int> ids);

    /// <summary>The ids of the byte tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, -1 where the vocabulary lacks one.</summary>
    protected static int[] ByteIds(IReadOnlyDictionary<string, int> vocabulary) =>
        [.. Enumerable.Range(0, 256).Select(value => vocabulary.TryGetValue(BytePiece.Format((byte)value), out int id) ? id : -1)];

    /// <summary>Appends the bytes of a code point; nothing unless there is a token for each.</summary>
    protected static bool AddBytes(int code, int[] byteIds, List<int> ids)
    {
        Span<byte> bytes = stackalloc byte[4];
        bytes = bytes[..new Rune(code).EncodeToUtf8(bytes)];
        foreach (byte value in bytes)
        {
            if (byteIds[value] < 0)
            {
                return false;
            }
        }

        foreach (byte value in bytes)
        {
            ids.Add(byteIds[value]);
        }

        return true;
    }
}

/// <summary>Whole words, or the unknown token.</summary>
internal sealed class WordLevelModel(string file) : TokenModel
{
    /// <inheritdoc/>
    public override void Encode(string word, List<int> ids) => ids.Add(Vocabulary.TryGetValue(word, out int id)
        ? id
        : Unknown ?? throw TokenizerException.Malformed(file, "A text has a word that the vocabulary lacks, and there is no unknown token."));
}

/// <summary>The longest piece first, from left to right.</summary>
internal sealed class WordPieceModel(WordPieceSegmenter segmenter) : TokenModel
{
    /// <summary>Reads the model.</summary>
    /// <exception cref="TokenizerException">The unknown token is not in the vocabulary.</exception>
    public static WordPieceModel Read(JsonElement model, Dictionary<string, int> vocabulary, string file)
    {
        string unknown = Text(model, "unk_token") ?? "[UNK]";
        if (!vocabulary.TryGetValue(unknown, out int id))
        {
            throw TokenizerException.Malformed(file, $"The unknown token '{unknown}' is not in the vocabulary.");
        }

        var longest = Member(model, "max_input_chars_per_word");
        var options = new WordPieceOptions
        {
            ContinuationPrefix = Text(model, "continuing_subword_prefix") ?? "##",
            LongestWord = longest.ValueKind == JsonValueKind.Number && longest.TryGetInt32(out int count) ? Math.Clamp(count, 1, 100_000) : 100,
        };
        return new WordPieceModel(new WordPieceSegmenter(vocabulary, id, options)) { Vocabulary = vocabulary, Unknown = id };
    }

    /// <inheritdoc/>
    public override void Encode(string word, List<int> ids) => segmenter.Segment(word, ids);
}

/// <summary>The most probable pieces (Kudo 2018); what the vocabulary lacks becomes bytes, or a run of it one unknown token.</summary>
internal sealed class UnigramModel(UnigramSegmenter segmenter, int[]? byteIds, string file) : TokenModel
{
    /// <summary>Reads the model: <c>vocab</c> is a list of pieces with their log probabilities.</summary>
    /// <exception cref="TokenizerException">An entry is malformed.</exception>
    public static UnigramModel Read(JsonElement model, string file)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var pieces = new List<(string, int, double)>();
        foreach (var entry in Items(Member(model, "vocab")))
        {
            if (Items(entry).ToArray() is not [{ ValueKind: JsonValueKind.String } text, { ValueKind: JsonValueKind.Number } score]
                || pieces.Count > TokenizerFolder.LargestId)
            {
                throw TokenizerException.Malformed(file, "An entry of the vocabulary is no piece with a score.");
            }

            // Of two equal pieces the later has the name; both have their place in the numbering.
            vocabulary[text.GetString()!] = pieces.Count;
            pieces.Add((text.GetString()!, pieces.Count, score.GetDouble()));
        }

        bool hasUnknown = Member(model, "unk_id").TryGetId(out int unknown) && unknown < pieces.Count;
        return pieces.Count == 0
            ? throw TokenizerException.Malformed(file, "The vocabulary is empty.")
            : new UnigramModel(new UnigramSegmenter(pieces), Flag(model, "byte_fallback") ? ByteIds(vocabulary) : null, file)
            {
                Vocabulary = vocabulary,
                Unknown = hasUnknown ? unknown : null,
            };
    }

    /// <inheritdoc/>
    public override bool IsCacheable => false;

    /// <inheritdoc/>
    public override void Encode(string word, List<int> ids)
    {
        var symbols = new List<int>();
        segmenter.Segment(word, symbols);
        bool afterUnknown = false;
        foreach (int symbol in symbols)
        {
            if (symbol >= 0)
            {
                ids.Add(symbol);
                afterUnknown = false;
            }
            else if (byteIds is null || !AddBytes(~symbol, byteIds, ids))
            {
                if (!afterUnknown)
                {
                    ids.Add(Unknown ?? throw TokenizerException.Malformed(file, "A text has characters that the vocabulary lacks, and there is no unknown token."));
                }

                afterUnknown = true;
            }
        }
    }
}
