using System.Text;
using System.Text.RegularExpressions;

namespace Sparsum.Evaluation.ZeroShot;

/// <summary>
/// What each task asks, word by word as lm-evaluation-harness 0.4 asks it (Gao et al. 2023). Rows may be as the data set's authors publish them
/// or as the hub stores them.
/// </summary>
internal static partial class ZeroShotPrompts
{
    /// <summary>RTE (Wang et al. 2019): does the second text follow from the first?</summary>
    public static ZeroShotDocument Rte(TaskRow row)
    {
        string context = $"{row.Text("premise", "sentence1")}\nQuestion: {row.Text("hypothesis", "sentence2")} True or False?\nAnswer:";
        return Choices(context, [" True", " False"], row.Label(["label"], 2, "entailment", "not_entailment"), isNormed: false);
    }

    /// <summary>BoolQ (Clark et al. 2019): a question to a passage, yes or no.</summary>
    public static ZeroShotDocument BoolQ(TaskRow row)
    {
        string context = $"{row.Text("passage")}\nQuestion: {row.Text("question")}?\nAnswer:";
        return Choices(context, [" no", " yes"], row.Label(["answer", "label"], 2), isNormed: false);
    }

    /// <summary>WinoGrande (Sakaguchi et al. 2019): each name in the gap is a context of its own, and the rest of the sentence is scored.</summary>
    public static ZeroShotDocument WinoGrande(TaskRow row)
    {
        string sentence = row.Text("sentence");
        int gap = sentence.IndexOf('_');
        if (gap < 0)
        {
            throw row.Malformed(sentence, "a sentence with a gap '_'");
        }

        int answer = row.Label(["answer"], 3) - 1;
        if (answer < 0)
        {
            throw row.Malformed("answer 0", "\"answer\" of 1 or 2");
        }

        string rest = " " + sentence[(gap + 1)..].Trim();
        string start = sentence[..gap];
        return new ZeroShotDocument([new(start + row.Text("option1"), rest), new(start + row.Text("option2"), rest)], answer);
    }

    /// <summary>HellaSwag (Zellers et al. 2019): which of four endings follows?</summary>
    public static ZeroShotDocument HellaSwag(TaskRow row)
    {
        string context = Clean($"{row.Text("activity_label")}: {row.Text("ctx_a")} {Capitalize(row.Text("ctx_b"))}");
        string[] endings = [.. row.Texts("endings").Select(ending => " " + Clean(ending))];
        return Choices(context, endings, row.Label(["label"], endings.Length), isNormed: true);
    }

    /// <summary>ARC (Clark et al. 2018): questions of school science.</summary>
    public static ZeroShotDocument Arc(TaskRow row) =>
        Labelled(row, $"Question: {row.Text(row.Has("question.stem") ? "question.stem" : "question")}\nAnswer:");

    /// <summary>OpenBookQA (Mihaylov et al. 2018): the question alone, without a prompt around it.</summary>
    public static ZeroShotDocument OpenBookQa(TaskRow row) => Labelled(row, row.Text("question.stem", "question_stem"));

    /// <summary>PIQA (Bisk et al. 2020): which of two ways leads to the goal?</summary>
    public static ZeroShotDocument Piqa(TaskRow row) => Choices(
        $"Question: {row.Text("goal")}\nAnswer:", [" " + row.Text("sol1"), " " + row.Text("sol2")], row.Label(["label"], 2), isNormed: true);

    /// <summary>LAMBADA (Paperno et al. 2016): the last word of a passage.</summary>
    public static ZeroShotDocument Lambada(TaskRow row)
    {
        if (row.Has("context"))
        {
            return new ZeroShotDocument([new(row.Text("context"), " " + row.Text("continuation"))], 0);
        }

        string text = row.Text("text");
        int last = text.LastIndexOf(' ');
        return last > 0
            ? new ZeroShotDocument([new(text[..last], text[last..])], 0)
            : throw row.Malformed(text, "a text of two words or more");
    }

    /// <summary>
    /// What WikiHow's marks become: titles a full stop, everything else in brackets nothing, then pairs of spaces one, in one pass.
    /// </summary>
    internal static string Clean(string text) =>
        Brackets().Replace(text.Trim().Replace(" [title]", ". ", StringComparison.Ordinal), "").Replace("  ", " ", StringComparison.Ordinal);

    /// <summary>The first letter large and all others small, as Python's <c>capitalize</c>.</summary>
    internal static string Capitalize(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        Rune.DecodeFromUtf16(text, out var first, out int length);
        return Rune.ToUpperInvariant(first) + text[length..].ToLowerInvariant();
    }

    /// <summary>Choices with labels of their own, in the authors' layout or the hub's.</summary>
    private static ZeroShotDocument Labelled(TaskRow row, string context)
    {
        bool isOfAuthors = row.Has("question.choices");
        string[] texts = isOfAuthors ? Column("text") : row.Texts("choices.text");
        string[] labels = isOfAuthors ? Column("label") : row.Texts("choices.label");
        string key = row.Text("answerKey").Trim();
        int answer = Array.IndexOf(labels, key);
        if (answer < 0 || texts.Length != labels.Length)
        {
            throw row.Malformed($"the answer '{key}' among the labels {string.Join(", ", labels)}", "\"answerKey\" among the labels of the choices");
        }

        return Choices(context, [.. texts.Select(text => " " + text)], answer, isNormed: true);

        string[] Column(string name) =>
            [.. row.Json.GetProperty("question").GetProperty("choices").EnumerateArray().Select(choice => (row with { Json = choice }).Text(name))];
    }

    private static ZeroShotDocument Choices(string context, string[] continuations, int answer, bool isNormed) => new(
        [.. continuations.Select(continuation => new ZeroShotRequest(context, continuation))],
        answer,
        isNormed ? [.. continuations.Select(continuation => continuation.EnumerateRunes().Count() - 1)] : null);

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Brackets();
}
