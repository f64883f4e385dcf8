namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>Makes a tokenizer from a SentencePiece model file and the settings beside it.</summary>
internal static class SentencePieceLoader
{
    private static readonly Dictionary<string, string> _llamaDefaults = new(StringComparer.Ordinal)
    {
        ["bos_token"] = "<s>",
        ["eos_token"] = "</s>",
        ["unk_token"] = "<unk>",
    };

    private static readonly Dictionary<string, string> _t5Defaults = new(StringComparer.Ordinal)
    {
        ["eos_token"] = "</s>",
        ["unk_token"] = "<unk>",
        ["pad_token"] = "<pad>",
    };

    private static readonly Dictionary<string, string> _gemmaDefaults = new(StringComparer.Ordinal)
    {
        ["bos_token"] = "<bos>",
        ["eos_token"] = "<eos>",
        ["unk_token"] = "<unk>",
        ["pad_token"] = "<pad>",
    };

    /// <summary>Opens a tokenizer.</summary>
    /// <exception cref="TokenizerException">A file is malformed.</exception>
    public static ITokenizer Open(TokenizerFolder folder, string modelFile, SentencePieceFamily family, TokenizerSettings settings)
    {
        string file = folder.PathOf(modelFile);
        var model = SentencePieceReader.Read(folder.ReadBytes(modelFile), file);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            ids.Add(model.Pieces[id].Text, id);
        }

        var builder = new SpecialTokenBuilder(settings, content => ids.TryGetValue(content, out int id) ? id : null, ids.Count);
        if (family == SentencePieceFamily.T5)
        {
            AddSentinels(builder, settings, ids.Count);
        }

        var special = builder.Build(family switch
        {
            SentencePieceFamily.T5 => _t5Defaults,
            SentencePieceFamily.Gemma => _gemmaDefaults,
            _ => _llamaDefaults,
        });
        return new SentencePieceTokenizer(
            model,
            family,
            settings.Flag("legacy", true),
            settings.Flag("add_prefix_space", true),
            new AddedTokenSet(builder.Tokens),
            special,
            Template(family, settings, special),
            builder.Size,
            file);
    }

    // T5 counts its sentinels down: <extra_id_0> has the last id.
    private static void AddSentinels(SpecialTokenBuilder builder, TokenizerSettings settings, int pieces)
    {
        int count = settings.Number("extra_ids", 100);
        if (count is < 0 or > 10_000)
        {
            throw TokenizerException.Malformed(null, $"extra_ids is {count}; 0 to 10,000 are possible.");
        }

        for (int i = 0; i < count; i++)
        {
            builder.AddMissing(new AddedToken(pieces + count - 1 - i, $"<extra_id_{i}>")
            {
                LeftStrip = true,
                RightStrip = true,
                IsSpecial = true,
            });
        }
    }

    private static TemplateProcessing Template(SentencePieceFamily family, TokenizerSettings settings, SpecialTokens special)
    {
        if (family == SentencePieceFamily.T5)
        {
            int[] last = special.End is { } id ? [id] : [];
            return TemplateProcessing.Around(afterFirst: last, afterSecond: last, secondType: 0) with { KeepsSingleEnd = true };
        }

        int[] begin = special.Begin is { } first && settings.Flag("add_bos_token", true) ? [first] : [];
        int[] end = special.End is { } final && settings.Flag("add_eos_token", false) ? [final] : [];
        return TemplateProcessing.Around(begin, end, begin, end);
    }
}
