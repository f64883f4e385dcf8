using Sparsum.Core;

namespace Sparsum.Evaluation.TextPairs;

/// <summary>A task whose examples are two texts, the second of which a model is to write from the first: a summary, a translation.</summary>
public sealed record TextPairTask
{
    // The names under which T5 was trained to translate, and those of other common languages.
    private static readonly Dictionary<string, string> Languages = new(StringComparer.OrdinalIgnoreCase)
    {
        ["en"] = "English",
        ["de"] = "German",
        ["fr"] = "French",
        ["ro"] = "Romanian",
        ["cs"] = "Czech",
        ["es"] = "Spanish",
        ["it"] = "Italian",
        ["nl"] = "Dutch",
        ["pl"] = "Polish",
        ["pt"] = "Portuguese",
        ["ru"] = "Russian",
        ["zh"] = "Chinese",
    };

    private TextPairTask(string name, string source, string target, bool isTranslation) =>
        (Name, Source, Target, IsTranslation) = (name, source, target, isTranslation);

    /// <summary>The names of all such tasks.</summary>
    public static IReadOnlyList<string> Names { get; } = ["summarization", "translation"];

    /// <summary><c>summarization</c> or <c>translation</c>.</summary>
    public string Name { get; }

    /// <summary>The column of what is read, or the language.</summary>
    public string Source { get; }

    /// <summary>The column of what is to be written, or the language.</summary>
    public string Target { get; }

    /// <summary>Whether the two say the same in two languages, and may lie in two files line by line.</summary>
    public bool IsTranslation { get; }

    /// <summary>How the task is usually trained: what the example scripts of Hugging Face Transformers do.</summary>
    public TextPairRecipe Recipe => IsTranslation ? new TextPairRecipe { MaxSourceLength = 128 } : new TextPairRecipe();

    /// <summary>Summaries, by the columns of CNN/DailyMail (Hermann et al. 2015; See et al. 2017) unless others are named.</summary>
    public static TextPairTask Summarization(string source = "article", string target = "highlights") => new("summarization", source, target, false);

    /// <summary>Translation.</summary>
    /// <param name="source">The language that is read: the ending or a part of the name of its files, the key of its texts.</param>
    /// <param name="target">The language that is written.</param>
    /// <exception cref="InvalidInputException">The two are one.</exception>
    public static TextPairTask Translation(string source, string target) => source.Equals(target, StringComparison.OrdinalIgnoreCase)
        ? throw new InvalidInputException("invalid-option", "A translation is from one language to another.")
        {
            Option = "target-language",
            Found = $"{source} and {target}",
            Expected = "two languages",
        }
        : new TextPairTask("translation", source, target, true);

    /// <summary>What models that are told their task in words (T5) read in front of a source: <c>summarize: </c>.</summary>
    /// <exception cref="InvalidInputException">The English name of a language is not known.</exception>
    public string Instruction() => IsTranslation ? $"translate {LanguageOf(Source)} to {LanguageOf(Target)}: " : "summarize: ";

    private static string LanguageOf(string code) => Languages.GetValueOrDefault(code)
        ?? throw new InvalidInputException("missing-option", $"The language '{code}' has no known English name, with which a model is asked to translate.")
        {
            Option = "prefix",
            Found = code,
            Expected = string.Join(", ", Languages.Keys),
            Hint = "Give the words in front of every source as `prefix`.",
        };
}

/// <summary>How a task of text pairs is usually fine-tuned.</summary>
public sealed record TextPairRecipe
{
    /// <summary>Passes over the training examples.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>Examples per step.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Most tokens of a source, special ones included.</summary>
    public int MaxSourceLength { get; init; } = 1024;

    /// <summary>Most tokens of a target, its end included.</summary>
    public int MaxTargetLength { get; init; } = 128;
}
