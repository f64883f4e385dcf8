namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>Makes a tokenizer from <c>vocab.json</c>, <c>merges.txt</c> and the settings beside them.</summary>
internal static class ByteLevelLoader
{
    private const string EndOfText = "<|endoftext|>";

    private static readonly Dictionary<string, string> _gpt2Defaults = new(StringComparer.Ordinal)
    {
        ["bos_token"] = EndOfText,
        ["eos_token"] = EndOfText,
        ["unk_token"] = EndOfText,
    };

    private static readonly Dictionary<string, string> _optDefaults = new(StringComparer.Ordinal)
    {
        ["bos_token"] = "</s>",
        ["eos_token"] = "</s>",
        ["unk_token"] = "</s>",
        ["pad_token"] = "<pad>",
    };

    private static readonly Dictionary<string, string> _qwen2Defaults = new(StringComparer.Ordinal)
    {
        ["eos_token"] = EndOfText,
        ["unk_token"] = EndOfText,
        ["pad_token"] = EndOfText,
    };

    /// <summary>Opens a tokenizer.</summary>
    /// <param name="folder">Where the files lie.</param>
    /// <param name="kind">The tokenizer's class or the model's type, if known.</param>
    /// <param name="settings">Settings of the folder.</param>
    /// <exception cref="TokenizerException">A file is missing or malformed.</exception>
    public static ITokenizer Open(TokenizerFolder folder, string? kind, TokenizerSettings settings)
    {
        var vocabulary = ByteLevelReader.ReadVocabulary(folder.RequireJson("vocab.json"), folder.PathOf("vocab.json"));
        var merges = ByteLevelReader.ReadMerges(folder.ReadBytes("merges.txt"), vocabulary, folder.PathOf("merges.txt"));
        bool isQwen = Is("qwen");
        bool isOpt = Is("opt");
        var model = new ByteLevelModel
        {
            Vocabulary = vocabulary,
            Merges = merges,
            Splitter = isQwen ? new Gpt4PreTokenizer(digits: 1) : new Gpt2PreTokenizer(),
            Composes = isQwen,
            AddsPrefixSpace = !isQwen && settings.Flag("add_prefix_space", false),
            SpacesAddedTokens = !isQwen,
        };
        var builder = new SpecialTokenBuilder(
            settings,
            content => vocabulary.TryGetValue(content, out int id) ? id : null,
            vocabulary.Values.Max() + 1);
        var special = builder.Build(isQwen ? _qwen2Defaults : isOpt ? _optDefaults : _gpt2Defaults);
        int[] begin = !isQwen && special.Begin is { } first && settings.Flag("add_bos_token", isOpt) ? [first] : [];
        var template = TemplateProcessing.Around(begin, beforeSecond: begin);
        return new ByteLevelTokenizer(model, new AddedTokenSet(builder.Tokens), special, template, builder.Size);

        bool Is(string family) => kind?.StartsWith(family, StringComparison.OrdinalIgnoreCase) == true;
    }
}
