namespace Sparsum.Transformers.Tokenizers;

/// <summary>Brings declared tokens, tokens with a role and the vocabulary together.</summary>
internal sealed class SpecialTokenBuilder(TokenizerSettings settings, Func<string, int?> vocabulary, int vocabularySize)
{
    private readonly Dictionary<string, AddedToken> _tokens = settings.Added
        .DistinctBy(token => token.Content)
        .ToDictionary(token => token.Content, StringComparer.Ordinal);

    /// <summary>Number of ids, those of added tokens included.</summary>
    /// <exception cref="TokenizerException">An id is far beyond the vocabulary; tables are as large as the largest id.</exception>
    public int Size
    {
        get
        {
            int size = Math.Max(vocabularySize, _tokens.Count == 0 ? 0 : _tokens.Values.Max(token => token.Id) + 1);
            return size <= (4L * vocabularySize) + (1 << 16)
                ? size
                : throw TokenizerException.Malformed(null, $"An added token has the id {size - 1}, far beyond the vocabulary.");
        }
    }

    /// <summary>All tokens that are searched for before any rule applies.</summary>
    public IEnumerable<AddedToken> Tokens => _tokens.Values;

    /// <summary>Adds a token unless the files have declared it.</summary>
    public void AddMissing(AddedToken token) => _tokens.TryAdd(token.Content, token);

    /// <summary>Adds the tokens with a role, and those in the list of additional ones, and returns their ids.</summary>
    /// <param name="defaults">For each role the token that the tokenizer's class has where the files are silent.</param>
    public SpecialTokens Build(IReadOnlyDictionary<string, string> defaults)
    {
        var ids = new HashSet<int>();
        var special = new SpecialTokens
        {
            Begin = Role("bos_token"),
            End = Role("eos_token"),
            Unknown = Role("unk_token"),
            Separator = Role("sep_token"),
            Pad = Role("pad_token"),
            Class = Role("cls_token"),
            Mask = Role("mask_token"),
        };
        foreach (string content in settings.AdditionalSpecial ?? [])
        {
            ids.Add(MakeSpecial(content));
        }

        ids.UnionWith(_tokens.Values.Where(token => token.IsSpecial).Select(token => token.Id));
        return special with { All = ids };

        int? Role(string role)
        {
            if (settings.Role(role, defaults.GetValueOrDefault(role)) is not { Length: > 0 } content)
            {
                return null;
            }

            int id = MakeSpecial(content);
            ids.Add(id);
            return id;
        }
    }

    private int MakeSpecial(string content)
    {
        if (!_tokens.TryGetValue(content, out var token))
        {
            int id = vocabulary(content) ?? Size;
            token = settings.Describe(content, id) ?? new AddedToken(id, content);
        }

        _tokens[content] = token with { IsSpecial = true };
        return token.Id;
    }
}
