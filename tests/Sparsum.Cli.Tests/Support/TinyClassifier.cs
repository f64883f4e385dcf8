using System.Text.Json.Nodes;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Cli.Tests.Support;

/// <summary>A BERT with random weights and a handful of words, and tasks that it can learn.</summary>
internal static class TinyClassifier
{
    private static readonly string[] Good = ["good", "great", "fine", "lovely"];
    private static readonly string[] Bad = ["bad", "dull", "poor", "awful"];
    private static readonly string[] Things = ["film", "plot", "cast", "scene", "story"];

    /// <summary>Writes a model; null labels make it one for masked words.</summary>
    public static string Write(string folder, IReadOnlyList<string>? labels = null, bool isRegression = false)
    {
        string[] words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "a", "is", "very", "not", .. Good, .. Bad, .. Things];
        var config = new BertConfig
        {
            VocabSize = words.Length,
            HiddenSize = 16,
            IntermediateSize = 32,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 32,

            // So few neurons learn nothing while some of them are dropped.
            HiddenDropoutProb = 0,
            AttentionProbsDropoutProb = 0,
            PadTokenId = 0,
            Architectures = [labels is null ? "BertForMaskedLM" : "BertForSequenceClassification"],
            Id2Label = labels?.Index().ToDictionary(label => label.Index, label => label.Item),
            Label2Id = labels?.Index().ToDictionary(label => label.Item, label => label.Index),
            ProblemType = isRegression ? "regression" : null,
        };
        using var model = RandomInitialization.Create(config, 3);
        ModelWriter.Save(folder, config, model);
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), words);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), new JsonObject
        {
            ["tokenizer_class"] = "BertTokenizer",
            ["do_lower_case"] = true,
            ["pad_token"] = "[PAD]",
            ["unk_token"] = "[UNK]",
            ["cls_token"] = "[CLS]",
            ["sep_token"] = "[SEP]",
            ["mask_token"] = "[MASK]",
        }.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "LICENSE"), "Do as you like.");
        return folder;
    }

    /// <summary>Sentences with a good or a bad word, as SST-2 writes them.</summary>
    public static string WriteSst2(string folder, int train = 96)
    {
        string[] Lines(int count) => ["sentence\tlabel", .. Enumerable.Range(0, count).Select(i => $"{Sentence(i, IsGood(i))}\t{(IsGood(i) ? 1 : 0)}")];
        return Write(folder, ("train.tsv", Lines(train)), ("dev.tsv", Lines(32)));
    }

    /// <summary>Pairs with a score, as STS-B writes them: the share of good words.</summary>
    public static string WriteStsb(string folder)
    {
        string[] Lines(int count) =>
        [
            "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore",
            .. Enumerable.Range(0, count).Select(i =>
                $"{i}\tg\tf\t2012\t{i}\tn\tn\t{Sentence(i, IsGood(i))}\t{Sentence(i + 1, i % 3 == 0)}\t{(IsGood(i) ? 2.5 : 0) + (i % 3 == 0 ? 2.5 : 0):F3}"),
        ];
        return Write(folder, ("train.tsv", Lines(64)), ("dev.tsv", Lines(20)));
    }

    /// <summary>Pairs with three labels, as MNLI writes them, with both development sets.</summary>
    public static string WriteMnli(string folder)
    {
        string[] names = ["entailment", "neutral", "contradiction"];
        string[] Lines(int count, int shift) =>
        [
            "index\tpromptID\tpairID\tgenre\tp1\tp2\tp3\tp4\tsentence1\tsentence2\tlabel1\tgold_label",
            .. Enumerable.Range(shift, count).Select(i =>
                $"{i}\t{i}\t{i}\tg\tx\tx\tx\tx\t{Sentence(i, i % 3 == 0)}\t{Sentence(i, i % 3 != 2)}\tx\t{names[i % 3]}"),
        ];
        return Write(folder, ("train.tsv", Lines(48, 0)), ("dev_matched.tsv", Lines(12, 1)), ("dev_mismatched.tsv", Lines(15, 5)));
    }

    private static string Write(string folder, params (string Name, string[] Lines)[] files)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, lines) in files)
        {
            File.WriteAllText(Path.Combine(folder, name), string.Join('\n', lines) + "\n");
        }

        return folder;
    }

    private static bool IsGood(int i) => i * 7 % 5 < 2 || i % 11 == 3;

    private static string Sentence(int i, bool isGood) =>
        $"the {Things[i % 5]} is {(i % 4 == 0 ? "very " : "")}{(isGood ? Good : Bad)[i * 3 % 4]}{(i % 3 == 0 ? $" a {Things[i * 2 % 5]}" : "")}";
}
