using System.Text;

namespace Sparsum.Transformers.Tokenizers.WordPiece;

/// <summary>Makes a tokenizer from <c>vocab.txt</c> and the settings beside it.</summary>
internal static class WordPieceLoader
{
    private static readonly Dictionary<string, string> _defaults = new(StringComparer.Ordinal)
    {
        ["unk_token"] = "[UNK]",
        ["sep_token"] = "[SEP]",
        ["pad_token"] = "[PAD]",
        ["cls_token"] = "[CLS]",
        ["mask_token"] = "[MASK]",
    };

    /// <summary>Opens a tokenizer.</summary>
    /// <exception cref="TokenizerException">A file is malformed.</exception>
    public static ITokenizer Open(TokenizerFolder folder, TokenizerSettings settings)
    {
        var vocabulary = ReadVocabulary(folder.ReadBytes("vocab.txt"), folder.PathOf("vocab.txt"));
        var options = new WordPieceOptions
        {
            LowerCases = settings.Flag("do_lower_case", true),
            StripsAccents = settings.FlagOrNull("strip_accents"),
            SplitsChinese = settings.Flag("tokenize_chinese_chars", true),
            NeverSplit = settings.Texts("never_split").ToHashSet(),
        };
        var builder = new SpecialTokenBuilder(
            settings,
            content => vocabulary.TryGetValue(content, out int id) ? id : null,
            vocabulary.Values.Max() + 1);
        var special = builder.Build(_defaults);
        int[] first = special.Class is { } begin ? [begin] : [];
        int[] separator = special.Separator is { } end ? [end] : [];
        var template = TemplateProcessing.Around(first, separator, [], separator);
        return new WordPieceTokenizer(vocabulary, options, new AddedTokenSet(builder.Tokens), special, template, builder.Size);
    }

    // One token a line; the line number is the id. Of two equal lines the later counts.
    private static Dictionary<string, int> ReadVocabulary(byte[] bytes, string file)
    {
        string text = Encoding.UTF8.GetString(bytes).Replace("\r\n", "\n");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        int id = 0;
        foreach (string line in (text.EndsWith('\n') ? text[..^1] : text).Split('\n'))
        {
            vocabulary[line] = id++;
        }

        return text.Length > 0 && id <= TokenizerFolder.LargestId
            ? vocabulary
            : throw TokenizerException.Malformed(file, $"The vocabulary has {vocabulary.Count} tokens.");
    }
}
