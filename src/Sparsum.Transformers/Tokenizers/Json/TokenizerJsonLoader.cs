using System.Text.Json;
using Sparsum.Transformers.Tokenizers.ByteLevel;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Makes a tokenizer from <c>tokenizer.json</c>.</summary>
internal static class TokenizerJsonLoader
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "tokenizer.json";

    private static readonly Dictionary<string, string> _noDefaults = [];

    // What the tokens of a BERT vocabulary are for, where the files beside it do not say.
    private static readonly (string Content, Func<SpecialTokens, int, SpecialTokens> Set)[] _bertRoles =
    [
        ("[CLS]", (tokens, id) => tokens.Class is null ? tokens with { Class = id } : tokens),
        ("[SEP]", (tokens, id) => tokens.Separator is null ? tokens with { Separator = id } : tokens),
        ("[PAD]", (tokens, id) => tokens.Pad is null ? tokens with { Pad = id } : tokens),
        ("[MASK]", (tokens, id) => tokens.Mask is null ? tokens with { Mask = id } : tokens),
    ];

    /// <summary>Opens a tokenizer.</summary>
    /// <exception cref="TokenizerException">The file is malformed or describes steps that are not supported.</exception>
    public static ITokenizer Open(TokenizerFolder folder, TokenizerSettings settings)
    {
        var json = new TokenizerJson(folder.RequireJson(FileName), folder.PathOf(FileName));
        var model = ReadModel(json);
        settings.Declare(Number(json.AddedTokens(), model.Vocabulary));
        var builder = new SpecialTokenBuilder(
            settings,
            content => model.Vocabulary.TryGetValue(content, out int id) ? id : null,
            model.Vocabulary.Values.Max() + 1);
        var special = builder.Build(_noDefaults);
        special = special with { Unknown = special.Unknown ?? model.Unknown };
        foreach (var (content, set) in model is WordPieceModel ? _bertRoles : [])
        {
            special = builder.Tokens.FirstOrDefault(token => token.Content == content && token.IsSpecial) is { } token
                ? set(special, token.Id)
                : special;
        }

        var (steps, isByteLevel) = PreTokenizerReader.Read(json, settings);
        return new JsonTokenizer(
            model,
            NormalizerReader.Read(json, settings),
            [.. builder.Tokens.OrderBy(token => token.IsSpecial ? 0 : 1)],
            special,
            Template(json, settings, special),
            builder.Size)
        {
            Source = json,
            Steps = steps,
            IsByteLevel = isByteLevel,
            Join = DecoderReader.Read(json),
        };
    }

    // The library numbers added tokens anew: by the vocabulary where it has them, otherwise one after the other behind it. In sound files
    // these are the numbers that stand there.
    private static List<AddedToken> Number(IEnumerable<AddedToken> tokens, IReadOnlyDictionary<string, int> vocabulary)
    {
        var numbered = new List<AddedToken>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        int last = -1;
        foreach (var token in tokens.Where(token => token.Content.Length > 0 && known.Add(token.Content)))
        {
            int id = vocabulary.TryGetValue(token.Content, out int own) ? own : Math.Max(last + 1, vocabulary.Count);
            last = Math.Max(last, id);
            numbered.Add(token with { Id = id });
        }

        return numbered;
    }

    private static TokenModel ReadModel(TokenizerJson json)
    {
        var model = json.Model;
        string kind = Text(model, "type")
            ?? (Member(model, "merges").ValueKind == JsonValueKind.Array ? "BPE"
                : Member(model, "vocab").ValueKind == JsonValueKind.Array ? "Unigram"
                : Member(model, "continuing_subword_prefix").ValueKind == JsonValueKind.String ? "WordPiece"
                : "WordLevel");
        if (kind == "Unigram")
        {
            return UnigramModel.Read(model, json.File);
        }

        if (kind is not ("BPE" or "WordPiece" or "WordLevel"))
        {
            throw TokenizerException.Unsupported(json.File, "model", kind, "BPE, WordPiece, WordLevel or Unigram");
        }

        var vocabulary = ByteLevelReader.ReadVocabulary(Member(model, "vocab"), json.File);
        return kind switch
        {
            "BPE" => BytePairModel.Read(model, vocabulary, json.File),
            "WordPiece" => WordPieceModel.Read(model, vocabulary, json.File),
            _ => new WordLevelModel(json.File)
            {
                Vocabulary = vocabulary,
                Unknown = Text(model, "unk_token") is { } unknown && vocabulary.TryGetValue(unknown, out int id) ? id : null,
            },
        };
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
        return TemplateProcessing.Around(begin, end, begin, end);
    }
}
