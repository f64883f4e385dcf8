namespace Sparsum.Transformers.Tokenizers.WordPiece;

/// <summary>How text is cleaned and split before pieces are looked up (Devlin et al. 2019).</summary>
internal sealed record WordPieceOptions
{
    /// <summary>Upper case becomes lower case.</summary>
    public bool LowerCases { get; init; } = true;

    /// <summary>Accents are taken off; null: if <see cref="LowerCases"/>.</summary>
    public bool? StripsAccents { get; init; }

    /// <summary>Chinese characters are words of their own.</summary>
    public bool SplitsChinese { get; init; } = true;

    /// <summary>Words that are left as they are.</summary>
    public IReadOnlySet<string> NeverSplit { get; init; } = new HashSet<string>();

    /// <summary>In front of pieces that go on a word.</summary>
    public string ContinuationPrefix { get; init; } = "##";

    /// <summary>Longer words, counted in code points, become the unknown token.</summary>
    public int LongestWord { get; init; } = 100;
}
