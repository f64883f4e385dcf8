using System.Text.Json;
using Sparsum.Transformers.Tokenizers.ByteLevel;
using Sparsum.Transformers.Tokenizers.Json;
using Sparsum.Transformers.Tokenizers.SentencePiece;
using Sparsum.Transformers.Tokenizers.WordPiece;

namespace Sparsum.Transformers.Tokenizers;

/// <summary>Opens the tokenizer of a model folder.</summary>
public static class Tokenizer
{
    private const string AnyClass = "PreTrainedTokenizer";

    private static readonly string[] _sentencePieceClasses =
        ["LlamaTokenizer", "CodeLlamaTokenizer", "MistralTokenizer", "GemmaTokenizer", "T5Tokenizer"];

    private static readonly string[] _byteLevelClasses = ["GPT2Tokenizer", "OPTTokenizer", "CodeGenTokenizer", "Qwen2Tokenizer"];

    private static readonly string[] _wordPieceClasses =
        ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer"];

    /// <summary>Opens the tokenizer whose files lie in a folder of the Hugging Face layout.</summary>
    /// <param name="folder">The folder, with or without the model itself.</param>
    /// <returns>A tokenizer that any number of threads may use.</returns>
    /// <exception cref="TokenizerException">Files are missing, malformed or of a kind that is not supported.</exception>
    public static ITokenizer Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var files = new TokenizerFolder(folder);
        try
        {
            return Open(files);
        }
        catch (InvalidOperationException error)
        {
            // What the JSON reader throws for half a surrogate pair or bytes that are no UTF-8 inside a text.
            throw TokenizerException.Malformed(folder, "A text in one of the tokenizer's JSON files is not valid Unicode.", error);
        }
    }

    private static ITokenizer Open(TokenizerFolder files)
    {
        var settings = new TokenizerSettings(files);
        var tokenizer = Open(files, settings);
        if (tokenizer is TokenizerBase known)
        {
            known.CleansUpSpaces = settings.Flag("clean_up_tokenization_spaces", false);
        }

        return tokenizer;
    }

    private static ITokenizer Open(TokenizerFolder files, TokenizerSettings settings)
    {
        // Where it is there it says all: the classes that read it look at no other vocabulary.
        if (files.Has(TokenizerJsonLoader.FileName))
        {
            return TokenizerJsonLoader.Open(files, settings);
        }

        string? kind = settings.ClassName ?? ModelType(files);
        foreach (string name in new[] { "tokenizer.model", "spiece.model" })
        {
            if (files.Has(name))
            {
                RequireClass(settings, files.PathOf(name), _sentencePieceClasses);
                return SentencePieceLoader.Open(files, name, Family(kind, name), settings);
            }
        }

        if (files.Has("vocab.txt"))
        {
            RequireClass(settings, files.PathOf("vocab.txt"), _wordPieceClasses);
            return WordPieceLoader.Open(files, settings);
        }

        if (files.Has("vocab.json") && files.Has("merges.txt"))
        {
            RequireClass(settings, files.PathOf("vocab.json"), _byteLevelClasses);
            return ByteLevelLoader.Open(files, kind, settings);
        }

        throw TokenizerException.Missing(
            files.Path, "tokenizer.json, tokenizer.model, spiece.model, vocab.txt, or vocab.json with merges.txt");
    }

    // Other classes read the same kinds of file by other rules; encoding by the wrong ones would go unnoticed.
    private static void RequireClass(TokenizerSettings settings, string file, string[] classes)
    {
        if (settings.ClassName is { } name && name != AnyClass && !classes.Contains(name))
        {
            throw TokenizerException.Unsupported(file, "class", name, string.Join(", ", classes));
        }
    }

    private static SentencePieceFamily Family(string? kind, string file)
    {
        if (kind is null)
        {
            return file == "spiece.model" ? SentencePieceFamily.T5 : SentencePieceFamily.Llama;
        }

        return kind.StartsWith("gemma", StringComparison.OrdinalIgnoreCase) ? SentencePieceFamily.Gemma
            : kind.Contains("t5", StringComparison.OrdinalIgnoreCase) ? SentencePieceFamily.T5
            : SentencePieceFamily.Llama;
    }

    // The model's own configuration tells the family where the tokenizer's does not.
    private static string? ModelType(TokenizerFolder files) =>
        files.ReadJson("config.json") is { } config
        && config.TryGetProperty("model_type", out var type)
        && type.ValueKind == JsonValueKind.String
            ? type.GetString()
            : null;
}
