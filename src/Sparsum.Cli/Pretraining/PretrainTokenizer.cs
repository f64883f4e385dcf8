using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.Training;

namespace Sparsum.Cli.Pretraining;

/// <summary>The tokenizer of a model that is to be trained, and where it comes from.</summary>
internal sealed record PretrainTokenizer(ITokenizer Tokenizer, bool IsLearned, JsonObject Provenance)
{
    /// <summary>The files that a tokenizer may consist of.</summary>
    private static readonly string[] FileNames =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt",
        "tokenizer.model", "spiece.model",
    ];

    /// <summary>Learns a tokenizer and writes its files into a folder.</summary>
    /// <exception cref="InvalidInputException">The vocabulary is too small, or there is no text.</exception>
    public static PretrainTokenizer Learn(
        RunContext context, ITokenizerTrainer trainer, IEnumerable<string> documents, TokenizerTrainingOptions options, string folder)
    {
        context.Progress.Report("learning the tokenizer");
        var trained = trainer.Train(documents, options, context.CancellationToken);
        trained.Save(folder);
        return new PretrainTokenizer(Transformers.Tokenizers.Tokenizer.Open(folder), IsLearned: true, new JsonObject
        {
            ["source"] = "learned from the training text",
            ["kind"] = trainer.Name,
            ["vocabularySize"] = trained.Tokens.Count,
            ["merges"] = trained.Merges.Count,
            ["rarestMerge"] = trained.Merges.LastOrDefault()?.Count,
            ["lowerCases"] = options.LowerCases,
        });
    }

    /// <summary>Opens a tokenizer and copies its files into a folder.</summary>
    /// <exception cref="InvalidInputException">The folder holds none.</exception>
    public static PretrainTokenizer Copy(string from, string folder)
    {
        var tokenizer = Transformers.Tokenizers.Tokenizer.Open(from);
        foreach (string file in FileNames.Select(name => Path.Combine(from, name)).Where(File.Exists))
        {
            string target = Path.Combine(folder, Path.GetFileName(file));
            File.Copy(file, target, overwrite: true);
            File.SetAttributes(target, FileAttributes.Normal);
        }

        return new PretrainTokenizer(tokenizer, IsLearned: false, new JsonObject
        {
            ["source"] = from,
            ["kind"] = tokenizer.GetType().Name,
            ["vocabularySize"] = tokenizer.VocabularySize,
        });
    }
}
