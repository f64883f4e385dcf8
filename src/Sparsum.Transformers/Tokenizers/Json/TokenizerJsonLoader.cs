using System.Text.Json;
using Sparsum.Transformers.Tokenizers.ByteLevel;
using Sparsum.Transformers.Tokenizers.SentencePiece;
using Sparsum.Transformers.Tokenizers.WordPiece;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Makes a tokenizer from <c>tokenizer.json</c>: byte-level BPE, BPE of SentencePiece origin, or WordPiece.</summary>
internal static class TokenizerJsonLoader
{
    private const string FileName = "tokenizer.json";

    private static readonly Dictionary<string, string> _noDefaults = [];

    /// <summary>Opens a tokenizer.</summary>
    /// <exception cref="TokenizerException">The file is malformed or describes steps that are not supported.</exception>
    public static ITokenizer Open(TokenizerFolder folder, TokenizerSettings settings)
    {
        var json = new TokenizerJson(folder.RequireJson(FileName), folder.PathOf(FileName));
        var model = json.Model;
        string kind = Text(model, "type") ?? (Member(model, "merges").ValueKind == JsonValueKind.Array ? "BPE" : "WordPiece");
        if (kind is not ("BPE" or "WordPiece"))
        {
            throw TokenizerException.Unsupported(json.File, "model", kind, "BPE or WordPiece");
        }

        settings.Declare(json.AddedTokens());
        var vocabulary = ByteLevelReader.ReadVocabulary(Member(model, "vocab"), json.File);
        return kind == "WordPiece"
            ? WordPieceLoader.Create(vocabulary, WordPieceJson.ReadOptions(json), settings)
            : OpenBytePair(json, vocabulary, settings);
    }

    private static TokenizerBase OpenBytePair(TokenizerJson json, Dictionary<string, int> vocabulary, TokenizerSettings settings)
    {
        var merges = ReadMerges(json, vocabulary);
        var builder = new SpecialTokenBuilder(
            settings,
            content => vocabulary.TryGetValue(content, out int id) ? id : null,
            vocabulary.Values.Max() + 1);
        var special = builder.Build(_noDefaults);
        var template = Template(json, settings, special);
        var added = new AddedTokenSet(builder.Tokens);
        if (json.Steps("pre_tokenizer").Exists(step => Type(step) == "ByteLevel"))
        {
            var (splitter, addsPrefixSpace) = PreTokenizerReader.Read(json);
            var byteLevel = new ByteLevelModel
            {
                Vocabulary = vocabulary,
                Merges = merges,
                Splitter = splitter,
                IgnoresMerges = Flag(json.Model, "ignore_merges"),
                Composes = Composes(json),
                AddsPrefixSpace = addsPrefixSpace,
            };
            return new ByteLevelTokenizer(byteLevel, added, special, template, builder.Size);
        }

        var model = PieceReader.ReadModel(json.Model, vocabulary, builder.Tokens, builder.Size);
        var encoder = new SentencePieceEncoder(model, new BytePairSegmenter(vocabulary, merges), json.File);
        return new PieceTokenizer(
            encoder,
            new SentencePieceDecoder(model),
            PieceReader.ReadPrefix(json),
            PieceReader.DropsFirstSpace(json),
            added,
            special,
            template,
            builder.Size);
    }

    private static MergeTable ReadMerges(TokenizerJson json, Dictionary<string, int> vocabulary)
    {
        foreach (string affix in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (Text(json.Model, affix) is { Length: > 0 } found)
            {
                throw TokenizerException.Unsupported(json.File, affix, found, "none");
            }
        }

        var table = new MergeTable();
        foreach (var merge in Items(Member(json.Model, "merges")))
        {
            // Older files write a merge as one text with a space, newer ones as a list of two.
            string[] parts = merge.ValueKind == JsonValueKind.String
                ? merge.GetString()!.Split(' ', 2)
                : [.. Items(merge).Where(part => part.ValueKind == JsonValueKind.String).Select(part => part.GetString()!)];
            if (parts.Length != 2)
            {
                throw TokenizerException.Malformed(json.File, "A merge is not made of two tokens.");
            }

            ByteLevelReader.Add(table, parts[0], parts[1], vocabulary, json.File);
        }

        return table;
    }

    private static bool Composes(TokenizerJson json)
    {
        var steps = json.Steps("normalizer");
        foreach (var step in steps.Where(step => Type(step) != "NFC"))
        {
            throw json.Unsupported("normaliser", step, "NFC or none");
        }

        return steps.Count > 0;
    }

    // These classes put their own ids around texts, whatever the file says.
    private static TemplateProcessing Template(TokenizerJson json, TokenizerSettings settings, SpecialTokens special)
    {
        bool? begins = settings.ClassName switch
        {
            "LlamaTokenizer" or "GemmaTokenizer" => true,
            "GPTNeoXTokenizer" => false,
            _ => null,
        };
        if (begins is null)
        {
            return TemplateReader.Read(json);
        }

        int[] begin = special.Begin is { } first && settings.Flag("add_bos_token", begins.Value) ? [first] : [];
        int[] end = special.End is { } last && settings.Flag("add_eos_token", false) ? [last] : [];
        return new TemplateProcessing { BeforeFirst = begin, AfterFirst = end, BeforeSecond = begin, AfterSecond = end };
    }
}
