using System.Runtime.InteropServices;
using System.Text.Json;
using Sparsum.Transformers.Tokenizers.ByteLevel;
using Sparsum.Transformers.Tokenizers.SentencePiece;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Byte-pair encoding by a list of merges (Sennrich et al. 2016).</summary>
internal sealed class BytePairModel : TokenModel
{
    private readonly MergeTable _merges;
    private readonly int[]? _byteIds;
    private readonly string _prefix;
    private readonly string _suffix;
    private readonly bool _fusesUnknown;
    private readonly bool _ignoresMerges;
    private readonly bool _cutsAtSpaces;

    private BytePairModel(JsonElement model, Dictionary<string, int> vocabulary, MergeTable merges)
    {
        _merges = merges;
        _byteIds = Flag(model, "byte_fallback") ? ByteIds(vocabulary) : null;
        _prefix = Text(model, "continuing_subword_prefix") ?? "";
        _suffix = Text(model, "end_of_word_suffix") ?? "";
        _fusesUnknown = Flag(model, "fuse_unk");
        _ignoresMerges = Flag(model, "ignore_merges");

        // Where no token has a space symbol behind something else, nothing is joined across the start of a word.
        _cutsAtSpaces = !_ignoresMerges && _prefix.Length + _suffix.Length == 0
            && vocabulary.ContainsKey(SentencePieceModel.SpaceSymbol.ToString())
            && vocabulary.Keys.All(token => NextWord(token, 0) == token.Length);
    }

    /// <summary>Which pairs are joined, in order.</summary>
    public MergeTable Merges => _merges;

    /// <summary>Reads the model.</summary>
    /// <exception cref="TokenizerException">A merge names a token that the vocabulary lacks, or merging is random.</exception>
    public static BytePairModel Read(JsonElement model, Dictionary<string, int> vocabulary, string file)
    {
        if (Member(model, "dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetDouble() > 0)
        {
            throw TokenizerException.Unsupported(file, "dropout", dropout.GetRawText(), "none");
        }

        string prefix = Text(model, "continuing_subword_prefix") ?? "";
        var merges = new MergeTable();
        foreach (var merge in Items(Member(model, "merges")))
        {
            // Older files write a merge as one text with a space, newer ones as a list of two.
            string[] parts = merge.ValueKind == JsonValueKind.String
                ? merge.GetString()!.Split(' ', 2)
                : [.. Items(merge).Where(part => part.ValueKind == JsonValueKind.String).Select(part => part.GetString()!)];
            if (parts.Length != 2 || parts[1].Length < prefix.Length)
            {
                throw TokenizerException.Malformed(file, "A merge is not made of two tokens.");
            }

            ByteLevelReader.Add(merges, parts[0], parts[1], vocabulary, file, prefix.Length);
        }

        bool hasUnknown = Text(model, "unk_token") is { } token & vocabulary.TryGetValue(Text(model, "unk_token") ?? "", out int unknown);
        return new BytePairModel(model, vocabulary, merges) { Vocabulary = vocabulary, Unknown = hasUnknown ? unknown : null };
    }

    /// <inheritdoc/>
    public override void Encode(string word, List<int> ids)
    {
        if (_ignoresMerges && Vocabulary.TryGetValue(word, out int whole))
        {
            ids.Add(whole);
            return;
        }

        var merger = new BytePairMerger(_merges);
        var symbols = new List<int>(word.Length);
        for (int start = 0, end; start < word.Length; start = end)
        {
            end = _cutsAtSpaces ? NextWord(word, start) : word.Length;
            symbols.Clear();
            AddCharacters(word, start, end, symbols);
            int count = merger.Merge(CollectionsMarshal.AsSpan(symbols));
            ids.AddRange(CollectionsMarshal.AsSpan(symbols)[..count]);
        }
    }

    // An unknown character is held back until the next known one, so that a run of them can become one token.
    private void AddCharacters(string word, int start, int end, List<int> symbols)
    {
        var lookup = ((Dictionary<string, int>)Vocabulary).GetAlternateLookup<ReadOnlySpan<char>>();
        bool isPending = false;
        for (int i = start, length; i < end; i += length)
        {
            int code = Unicode.UnicodeText.CodePointAt(word.AsSpan(i), out length);
            bool isPlain = (i == start || _prefix.Length == 0) && (i + length < end || _suffix.Length == 0);
            int id;
            bool isKnown = isPlain
                ? lookup.TryGetValue(word.AsSpan(i, length), out id)
                : lookup.TryGetValue($"{(i > start ? _prefix : "")}{word.AsSpan(i, length)}{(i + length == end ? _suffix : "")}", out id);
            if (isKnown)
            {
                FlushUnknown();
                symbols.Add(id);
                continue;
            }

            if ((_byteIds is not null && AddBytes(code, _byteIds, symbols)) || Unknown is null)
            {
                continue;
            }

            if (!_fusesUnknown)
            {
                FlushUnknown();
            }

            isPending = true;
        }

        FlushUnknown();

        void FlushUnknown()
        {
            if (isPending)
            {
                symbols.Add(Unknown!.Value);
                isPending = false;
            }
        }
    }

    // Where the next word begins: a space symbol behind something else.
    private static int NextWord(string text, int start)
    {
        int word = start;
        while (word < text.Length && text[word] == SentencePieceModel.SpaceSymbol)
        {
            word++;
        }

        int space = word < text.Length ? text.IndexOf(SentencePieceModel.SpaceSymbol, word) : -1;
        return space < 0 ? text.Length : space;
    }
}
