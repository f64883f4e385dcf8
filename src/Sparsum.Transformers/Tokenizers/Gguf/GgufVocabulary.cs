using Sparsum.Transformers.Checkpoints.Gguf;
using Sparsum.Transformers.Tokenizers.SentencePiece;

namespace Sparsum.Transformers.Tokenizers.Gguf;

/// <summary>The vocabulary in the metadata of a GGUF file; kinds of tokens are numbered as SentencePiece numbers them.</summary>
internal sealed class GgufVocabulary
{
    private const string Prefix = "tokenizer.ggml.";

    private readonly GgufMetadata metadata;

    /// <summary>Reads and checks a vocabulary.</summary>
    /// <exception cref="TokenizerException">It is malformed or of a kind that is not supported.</exception>
    public GgufVocabulary(GgufMetadata metadata)
    {
        this.metadata = metadata;
        Model = metadata.Text(Prefix + "model")!;
        if (Model is not ("gpt2" or "llama"))
        {
            throw TokenizerException.Unsupported(metadata.File, "vocabulary", $"tokenizer.ggml.model: {Model}", "gpt2 or llama");
        }

        Tokens = metadata.List<string>(Prefix + "tokens") ?? throw Malformed("The file has no tokens.");
        Kinds = [.. (metadata.List<long>(Prefix + "token_type") ?? [.. Tokens.Select(_ => (long)PieceKind.Normal)]).Select(kind => (PieceKind)kind)];
        if (Tokens.Count is 0 or > TokenizerFolder.LargestId || Kinds.Count != Tokens.Count)
        {
            throw Malformed($"The file has {Tokens.Count} tokens and {Kinds.Count} kinds of tokens.");
        }

        if (Kinds.FirstOrDefault(kind => !Enum.IsDefined(kind) && kind != 0) is var unknown && unknown != 0)
        {
            throw Malformed($"A token is of the unknown kind {(int)unknown}.");
        }
    }

    /// <summary>The kind of the vocabulary: <c>gpt2</c> or <c>llama</c>.</summary>
    public string Model { get; }

    /// <summary>Whether it is one of SentencePiece pieces.</summary>
    public bool IsPieces => Model == "llama";

    /// <summary>Texts of the tokens.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Kinds of the tokens.</summary>
    public IReadOnlyList<PieceKind> Kinds { get; }

    /// <summary>The name of the rules that cut text into words.</summary>
    /// <exception cref="TokenizerException">There is none, or it is not known.</exception>
    public GgufPreTokenizer PreTokenizer => GgufPreTokenizer.Find(metadata.Text(Prefix + "pre"), metadata.File);

    /// <summary>Pairs of tokens that are joined, in order.</summary>
    /// <exception cref="TokenizerException">There are none.</exception>
    public string[] Merges => metadata.List<string>(Prefix + "merges") ?? throw Malformed("The file has no merges.");

    /// <summary>Scores of the pieces.</summary>
    /// <exception cref="TokenizerException">There are none, or not as many as tokens.</exception>
    public float[] Scores => metadata.List<float>(Prefix + "scores") is { } scores && scores.Length == Tokens.Count
        ? scores
        : throw Malformed("The file has no scores, or not as many as tokens.");

    /// <summary>Whether texts get a space in front.</summary>
    public bool AddsPrefixSpace => metadata.Flag(Prefix + "add_space_prefix") ?? IsPieces;

    /// <summary>Whether runs of spaces are reduced.</summary>
    public bool RemovesExtraSpaces => metadata.Flag(Prefix + "remove_extra_whitespaces") ?? false;

    /// <summary>Whether texts begin with the begin token.</summary>
    public bool AddsBegin => metadata.Flag(Prefix + "add_bos_token") ?? (IsPieces || PreTokenizer.AddsBegin);

    /// <summary>Whether texts end with the end token.</summary>
    public bool AddsEnd => metadata.Flag(Prefix + "add_eos_token") ?? false;

    /// <summary>The id of a role such as <c>bos</c>; null where the file has none.</summary>
    /// <exception cref="TokenizerException">It is beyond the vocabulary.</exception>
    public int? Role(string role) => metadata.Integer($"{Prefix}{role}_token_id") switch
    {
        null => null,
        // Files without a token say so with the largest number.
        -1 => null,
        int id when (uint)id < (uint)Tokens.Count => id,
        int id => throw Malformed($"The {role} token has the id {id} in a vocabulary of {Tokens.Count}."),
    };

    /// <summary>Tokens that are found in the text before any other rule applies.</summary>
    public IEnumerable<AddedToken> Added => Enumerable.Range(0, Tokens.Count)
        .Where(id => Kinds[id] is PieceKind.Control or PieceKind.Unknown or PieceKind.UserDefined && Tokens[id].Length > 0)
        .Select(id => new AddedToken(id, Tokens[id]) { IsSpecial = Kinds[id] != PieceKind.UserDefined });

    private TokenizerException Malformed(string message) => TokenizerException.Malformed(metadata.File, message);
}
