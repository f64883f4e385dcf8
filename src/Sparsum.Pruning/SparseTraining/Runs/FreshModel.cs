using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Training.Pretraining;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers.Training;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>
/// Makes a model folder of random weights, with a tokenizer: where a task is to be learned from nothing, such as translation with an encoder
/// and a decoder. <see cref="SparseTrainer"/> goes on from it. The same inputs and seed give the same bytes.
/// </summary>
/// <example><code>
/// var options = new FreshModelOptions { Trainer = BytePairTrainer.ForTwoStacks, VocabularySize = 10_000 };
/// FreshModel.Create("marian/config.json", TextFile.Read("train.de").Documents.Concat(TextFile.Read("train.en").Documents), options, "fresh");
/// </code></example>
public static class FreshModel
{
    /// <summary>Makes the folder; it appears when it is complete.</summary>
    /// <param name="config">A <c>config.json</c>, or a folder with one. Its vocabulary and special ids follow a tokenizer that is learned.</param>
    /// <param name="texts">What a tokenizer is learned from; of several languages they give one vocabulary for all.</param>
    /// <param name="options">The tokenizer and the seed.</param>
    /// <param name="output">The folder to create.</param>
    /// <param name="existing">What to do with an output that is there; there is nothing to resume.</param>
    /// <param name="inputs">Files that the texts come from, which the output must not replace.</param>
    /// <param name="completing">Called once the model is written and before it is published, with the folder that is written.</param>
    /// <param name="cancellationToken">Stops between texts and joins.</param>
    /// <exception cref="InvalidInputException">Configuration, tokenizer or folders are wrong, or the texts hold no word.</exception>
    /// <exception cref="RunFailedException">The output cannot be written.</exception>
    public static FreshModelResult Create(
        string config,
        IEnumerable<string> texts,
        FreshModelOptions options,
        string output,
        ExistingOutput existing = ExistingOutput.Refuse,
        IReadOnlyList<string>? inputs = null,
        Action<string, FreshModelResult>? completing = null,
        CancellationToken cancellationToken = default)
    {
        options.Validate();
        var file = ConfigFile.Read(config);
        using var folder = OutputFolder.Open(output, [file.Path, options.Tokenizer, .. inputs ?? []], existing);
        folder.Begin();
        var tokenizer = options.Trainer is { } trainer
            ? PretrainTokenizer.Learn(
                trainer, texts, new TokenizerTrainingOptions { VocabularySize = options.VocabularySize }, folder.Output, cancellationToken)
            : PretrainTokenizer.Copy(options.Tokenizer ?? Path.GetDirectoryName(file.Path)!, folder.Output);
        var fitted = PretrainingConfig.Fit(file, file.Architecture.TaskOf(file.Config), tokenizer.Tokenizer, tokenizer.IsLearned);
        using var model = file.Create(fitted, options.Seed);
        ModelWriter.Save(folder.Output, file.Architecture, fitted, model, TensorDataType.F32, cancellationToken);
        var result = new FreshModelResult(
            file.Architecture.ClassName(file.Architecture.TaskOf(fitted))!,
            model.Parameters.Where(parameter => !parameter.IsBuffer).Sum(parameter => Tensor.CountElements(parameter.Shape)),
            tokenizer.Origin);
        completing?.Invoke(folder.Output, result);
        folder.Publish();
        return result;
    }
}

/// <summary>How <see cref="FreshModel"/> makes a model.</summary>
public sealed record FreshModelOptions
{
    /// <summary>Learns the tokenizer; null takes one that is there.</summary>
    public ITokenizerTrainer? Trainer { get; init; }

    /// <summary>Tokens of a tokenizer that is learned, special ones included.</summary>
    public int VocabularySize { get; init; } = 4096;

    /// <summary>The folder of a tokenizer that is there; null for that of the configuration.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Seed of the weights.</summary>
    public ulong Seed { get; init; }

    internal void Validate()
    {
        if (Trainer is not null && Tokenizer is not null)
        {
            throw new InvalidInputException("conflicting-options", "A tokenizer is either named or learned.")
            {
                Option = "train-tokenizer",
                Found = "`tokenizer` together with `train-tokenizer`",
                Hint = "Leave out one of the two.",
            };
        }
    }
}

/// <summary>What <see cref="FreshModel"/> made.</summary>
/// <param name="ClassName">The class of the model, as <c>architectures</c> names it.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Tokenizer">Where its tokenizer comes from.</param>
public sealed record FreshModelResult(string ClassName, long Parameters, TokenizerOrigin Tokenizer);
