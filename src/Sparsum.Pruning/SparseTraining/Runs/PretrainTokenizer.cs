using Sparsum.Core;
using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.Training;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>The tokenizer of a model that is to be trained, and where it comes from.</summary>
internal sealed record PretrainTokenizer(ITokenizer Tokenizer, bool IsLearned, TokenizerOrigin Origin)
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
        ITokenizerTrainer trainer, IEnumerable<string> documents, TokenizerTrainingOptions options, string folder, CancellationToken cancellationToken)
    {
        var trained = trainer.Train(documents, options, cancellationToken);
        trained.Save(folder);
        return new PretrainTokenizer(
            Transformers.Tokenizers.Tokenizer.Open(folder),
            IsLearned: true,
            new TokenizerOrigin(null, trainer.Name, trained.Tokens.Count)
            {
                Merges = trained.Merges.Count,
                RarestMerge = trained.Merges.LastOrDefault()?.Count,
                LowerCases = options.LowerCases,
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

        return new PretrainTokenizer(tokenizer, IsLearned: false, new TokenizerOrigin(from, tokenizer.GetType().Name, tokenizer.VocabularySize));
    }
}
