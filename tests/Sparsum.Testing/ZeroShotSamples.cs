namespace Sparsum.Testing;

/// <summary>Two documents of each zero-shot task, in the files that their authors publish.</summary>
public static class ZeroShotSamples
{
    private const string Choices = """{"stem": "Which of these is a number?", "choices": [{"text": "seven", "label": "A"}, {"text": "a list", "label": "B"}]}""";

    private static readonly (string File, string[] Rows)[] Files =
    [
        ("rte/val.jsonl", Rows("""{"premise": "The list is empty.", "hypothesis": "The list has no items.", "label": "entailment"}""")),
        ("winogrande/dev.jsonl", Rows("""{"sentence": "The key did not fit the lock because _ was too large.", "option1": "the key", "option2": "the lock", "answer": "1"}""")),
        ("boolq/dev.jsonl", Rows("""{"question": "is an array a collection", "passage": "Arrays are collections.", "answer": true}""")),
        ("hellaswag/hellaswag_val.jsonl", Rows("""{"activity_label": "Reading", "ctx_a": "A stream is opened.", "ctx_b": "it", "endings": ["is read.", "sings.", "rains.", "runs."], "label": 0}""")),
        ("arc/ARC-Easy-Test.jsonl", Rows("{\"question\": " + Choices + ", \"answerKey\": \"A\"}")),
        ("arc/ARC-Challenge-Test.jsonl", Rows("{\"question\": " + Choices + ", \"answerKey\": \"A\"}")),
        ("lambada/test.jsonl", Rows("""{"text": "The list was empty, and no item was ever in the list"}""")),
        ("openbookqa/test.jsonl", Rows("{\"question\": " + Choices + ", \"answerKey\": \"A\"}")),
    ];

    /// <summary>Writes them below a folder.</summary>
    public static void Write(string folder)
    {
        foreach (var (file, rows) in Files)
        {
            string path = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllLines(path, rows);
        }
    }

    private static string[] Rows(string row) => [row, row];
}
