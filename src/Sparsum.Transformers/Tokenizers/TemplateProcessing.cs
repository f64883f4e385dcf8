namespace Sparsum.Transformers.Tokenizers;

/// <summary>Which special ids stand around one text or two.</summary>
internal sealed record TemplateProcessing
{
    /// <summary>Nothing around the text.</summary>
    public static TemplateProcessing Plain { get; } = new();

    /// <summary>Ids in front of the first text.</summary>
    public int[] BeforeFirst { get; init; } = [];

    /// <summary>Ids behind the first text.</summary>
    public int[] AfterFirst { get; init; } = [];

    /// <summary>Ids in front of the second text.</summary>
    public int[] BeforeSecond { get; init; } = [];

    /// <summary>Ids behind the second text.</summary>
    public int[] AfterSecond { get; init; } = [];

    /// <summary>A text that already ends with the id to be put behind it gets no second one (T5).</summary>
    public bool KeepsSingleEnd { get; init; }

    /// <summary>Token type of the second text and the ids around it; BERT and LLaMA 1, T5 0.</summary>
    public int SecondType { get; init; } = 1;

    /// <summary>What to put behind a text: <paramref name="after"/>, or nothing if the text ends with it and one end is enough.</summary>
    public int[] EndOf(List<int> text, int[] after) =>
        KeepsSingleEnd && after.Length == 1 && text.Count > 0 && text[^1] == after[0] ? [] : after;

    /// <summary>Number of special ids around one text or two.</summary>
    public int Count(bool hasSecond) =>
        BeforeFirst.Length + AfterFirst.Length + (hasSecond ? BeforeSecond.Length + AfterSecond.Length : 0);
}
