namespace Sparsum.Transformers.Tokenizers;

/// <summary>One place of a template: a text or special ids.</summary>
/// <param name="Text">0 for the first text, 1 for the second, -1 for special ids.</param>
/// <param name="Ids">The special ids; empty for a text.</param>
/// <param name="Type">The token type of what stands here.</param>
internal sealed record TemplatePart(int Text, int[] Ids, int Type);

/// <summary>Which special ids stand around one text or two, and where the texts stand.</summary>
internal sealed record TemplateProcessing
{
    /// <summary>Nothing around the texts.</summary>
    public static TemplateProcessing Plain { get; } = Around();

    /// <summary>The places where there is one text.</summary>
    public required IReadOnlyList<TemplatePart> Single { get; init; }

    /// <summary>The places where there are two.</summary>
    public required IReadOnlyList<TemplatePart> Pair { get; init; }

    /// <summary>A text that already ends with the id to be put behind it gets no second one (T5).</summary>
    public bool KeepsSingleEnd { get; init; }

    /// <summary>The usual template: ids in front of and behind each text.</summary>
    /// <param name="beforeFirst">Ids in front of the first text.</param>
    /// <param name="afterFirst">Ids behind the first text.</param>
    /// <param name="beforeSecond">Ids in front of the second text.</param>
    /// <param name="afterSecond">Ids behind the second text.</param>
    /// <param name="secondType">Token type of the second text and the ids around it; BERT and LLaMA 1, T5 and RoBERTa 0.</param>
    public static TemplateProcessing Around(
        int[]? beforeFirst = null, int[]? afterFirst = null, int[]? beforeSecond = null, int[]? afterSecond = null, int secondType = 1)
    {
        TemplatePart[] single = [.. Special(beforeFirst, 0), new TemplatePart(0, [], 0), .. Special(afterFirst, 0)];
        TemplatePart[] second = [.. Special(beforeSecond, secondType), new TemplatePart(1, [], secondType), .. Special(afterSecond, secondType)];
        return new TemplateProcessing { Single = single, Pair = [.. single, .. second] };

        static IEnumerable<TemplatePart> Special(int[]? ids, int type) => ids is { Length: > 0 } ? [new TemplatePart(-1, ids, type)] : [];
    }

    /// <summary>Puts texts and special ids together.</summary>
    public EncodedText Apply(List<int> first, List<int>? second)
    {
        var ids = new List<int>();
        var types = new List<int>();
        bool isBehindText = false;
        foreach (var (text, special, type) in second is null ? Single : Pair)
        {
            int start = ids.Count;
            bool isThere = KeepsSingleEnd && isBehindText && special.Length == 1 && ids.Count > 0 && ids[^1] == special[0];
            ids.AddRange(text == 0 ? first : text == 1 ? second! : isThere ? [] : special);
            types.AddRange(Enumerable.Repeat(type, ids.Count - start));
            isBehindText = text >= 0;
        }

        return new EncodedText([.. ids], [.. types]);
    }

    /// <summary>Number of special ids around one text or two.</summary>
    public int Count(bool hasSecond) => (hasSecond ? Pair : Single).Sum(part => part.Ids.Length);
}
