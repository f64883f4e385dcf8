using System.Text;
using System.Text.Json;
using Sparsum.Transformers.Checkpoints.Gguf;
using Sparsum.Transformers.Tokenizers.Json;
using Sparsum.Transformers.Tokenizers.SentencePiece;

namespace Sparsum.Transformers.Tokenizers.Gguf;

/// <summary>Describes the tokenizer of a model folder in the metadata of a GGUF file.</summary>
internal static class GgufTokenizerExport
{
    private const string Prefix = "tokenizer.ggml.";
    private const string PieceFile = "tokenizer.model";

    // What converters give to pieces that no text is ever cut into.
    private const float LeastScore = -1000;

    private static readonly (string Key, string Stored)[] Roles =
    [
        ("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("pad_token", "padding"), ("sep_token", "seperator"),
        ("cls_token", "cls"), ("mask_token", "mask"),
    ];

    /// <summary>Describes the tokenizer.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="rows">Rows of the model's token embeddings; rows without a token get names of their own.</param>
    /// <param name="metadata">Where the entries go.</param>
    /// <exception cref="TokenizerException">There is none, it is malformed, or GGUF cannot say what it does.</exception>
    public static void Describe(string folder, int rows, GgufMetadata metadata)
    {
        var files = new TokenizerFolder(folder);
        var tokenizer = (TokenizerBase)Tokenizer.Open(folder);
        if (tokenizer.VocabularySize > rows && tokenizer.AddedTokens.Any(token => token.Id >= rows))
        {
            throw TokenizerException.Unsupported(
                folder, "vocabulary", $"{tokenizer.VocabularySize} tokens", $"at most {rows}, as many as the model has token embeddings");
        }

        var tokens = new string[rows];
        var kinds = new int[rows];
        for (int id = 0; id < rows; id++)
        {
            (tokens[id], kinds[id]) = ($"[PAD{id}]", (int)PieceKind.Unused);
        }

        if (files.Has(PieceFile))
        {
            DescribePieces(SentencePieceReader.Read(files.ReadBytes(PieceFile), files.PathOf(PieceFile)), files, tokens, kinds, metadata);
        }
        else
        {
            DescribeByteLevel(ByteLevelRules.Read(tokenizer, files), folder, tokens, kinds, metadata);
        }

        foreach (var token in tokenizer.AddedTokens.Where(token => token.Id < rows && kinds[token.Id] != (int)PieceKind.Unknown))
        {
            tokens[token.Id] = token.Content;
            kinds[token.Id] = (int)(token.IsSpecial ? PieceKind.Control : PieceKind.UserDefined);
        }

        metadata.Set(Prefix + "tokens", tokens);
        metadata.Set(Prefix + "token_type", kinds);
        DescribeRoles(files, tokenizer, tokens, metadata);
        DescribeChat(files, metadata);
    }

    private static void DescribeByteLevel(ByteLevelRules rules, string folder, string[] tokens, int[] kinds, GgufMetadata metadata)
    {
        var named = GgufPreTokenizer.All.FirstOrDefault(candidate => candidate.Expressions.SequenceEqual(rules.Expressions)
            && candidate.IgnoresMerges == rules.IgnoresMerges
            && candidate.Composes == rules.Composes);
        foreach (var (token, id) in rules.Vocabulary.Where(entry => entry.Value < tokens.Length))
        {
            (tokens[id], kinds[id]) = (token, (int)PieceKind.Normal);
        }

        metadata.Set(Prefix + "model", "gpt2");
        metadata.Set(Prefix + "pre", named?.Names[0] ?? throw TokenizerException.Unsupported(
            folder,
            "pre-tokenizer",
            string.Join(", then ", rules.Expressions),
            "the rules of GPT-2, SmolLM, LLaMA 3, Qwen2, StableLM 2 or Falcon"));
        metadata.Set(Prefix + "merges", rules.Merges);
    }

    private static void DescribePieces(
        SentencePieceModel model, TokenizerFolder files, string[] tokens, int[] kinds, GgufMetadata metadata)
    {
        string? other = !model.IsBytePair ? "a unigram model"
            : model.CharacterMap.Length > 0 ? "normalisation rules"
            : model.SpaceIsSuffix || !model.EscapeSpaces ? "another treatment of spaces"
            : null;
        if (other is not null)
        {
            throw TokenizerException.Unsupported(files.PathOf(PieceFile), "model file", other, "BPE without normalisation, spaces in front of words");
        }

        var scores = new float[tokens.Length];
        Array.Fill(scores, LeastScore);
        for (int id = 0; id < Math.Min(tokens.Length, model.Pieces.Count); id++)
        {
            (tokens[id], scores[id], kinds[id]) = (model.Pieces[id].Text, model.Pieces[id].Score, (int)model.Pieces[id].Kind);
        }

        metadata.Set(Prefix + "model", "llama");
        metadata.Set(Prefix + "pre", "default");
        metadata.Set(Prefix + "scores", scores);
        metadata.Set(Prefix + "add_space_prefix", model.AddDummyPrefix && new TokenizerSettings(files).Flag("add_prefix_space", true));
        metadata.Set(Prefix + "remove_extra_whitespaces", model.RemoveExtraSpaces);
    }

    private static void DescribeRoles(TokenizerFolder files, TokenizerBase tokenizer, string[] tokens, GgufMetadata metadata)
    {
        var settings = new TokenizerSettings(files);
        foreach (var (key, stored) in Roles)
        {
            int? id = key switch
            {
                "bos_token" => tokenizer.BeginId,
                "eos_token" => tokenizer.EndId,
                "pad_token" => tokenizer.PadId,
                "unk_token" when Array.IndexOf(tokens, settings.Role(key, "<unk>")) is >= 0 and int unknown => unknown,
                _ when settings.Role(key) is { } content && Array.IndexOf(tokens, content) is >= 0 and int other => other,
                _ => null,
            };
            if (id is { } found)
            {
                metadata.Set($"{Prefix}{stored}_token_id", (uint)found);
            }
        }

        // What stands around a text, seen on an empty one.
        int[] around = tokenizer.Encode("");
        int[] begin = tokenizer.BeginId is { } first && around.FirstOrDefault(-1) == first ? [first] : [];
        int[] end = tokenizer.EndId is { } last && around.Length > begin.Length && around[^1] == last ? [last] : [];
        if (begin.Length + end.Length != around.Length)
        {
            throw TokenizerException.Unsupported(
                files.Path, "template", $"the ids {string.Join(", ", around)} around every text", "at most the begin token in front and the end token behind");
        }

        metadata.Set(Prefix + "add_bos_token", begin.Length > 0);
        metadata.Set(Prefix + "add_eos_token", end.Length > 0);
    }

    private static void DescribeChat(TokenizerFolder files, GgufMetadata metadata)
    {
        if (files.Has("chat_template.jinja"))
        {
            metadata.Set("tokenizer.chat_template", Encoding.UTF8.GetString(files.ReadBytes("chat_template.jinja")));
            return;
        }

        if (files.ReadJson("tokenizer_config.json") is not { } config || !config.TryGetProperty("chat_template", out var template))
        {
            return;
        }

        if (template.ValueKind == JsonValueKind.String)
        {
            metadata.Set("tokenizer.chat_template", template.GetString()!);
            return;
        }

        // Several templates by name, of which one may be the default.
        var named = TokenizerJson.Items(template)
            .Select(entry => (Name: TokenizerJson.Text(entry, "name"), Text: TokenizerJson.Text(entry, "template")))
            .Where(entry => entry is { Name: not null, Text: not null })
            .ToList();
        foreach (var (name, text) in named)
        {
            metadata.Set(name == "default" ? "tokenizer.chat_template" : $"tokenizer.chat_template.{name}", text!);
        }

        string[] others = [.. named.Select(entry => entry.Name!).Where(name => name != "default")];
        if (others.Length > 0)
        {
            metadata.Set("tokenizer.chat_templates", others);
        }
    }
}
