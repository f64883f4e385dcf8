using Sparsum.Core;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Training.Pretraining;

/// <summary>Text made ready for pretraining: sequences to train on, and sequences to validate on.</summary>
public sealed class PretrainingText
{
    // Validation hides the same tokens every time, by an epoch that no training reaches.
    private const int ValidationEpoch = int.MaxValue;
    private const ulong ValidationStream = 0x7661_6C69;

    private PretrainingText(TrainingData training, IReadOnlyList<TrainingExample> validation) =>
        (Training, Validation) = (training, validation);

    /// <summary>What is trained on.</summary>
    public TrainingData Training { get; }

    /// <summary>What is validated on, tokens hidden already; empty where nothing was kept back.</summary>
    public IReadOnlyList<TrainingExample> Validation { get; }

    /// <summary>Tokens of one epoch, special ones included.</summary>
    public long TrainingTokens => Training.Examples.Sum(example => (long)example.InputIds.Length);

    /// <summary>Prepares text.</summary>
    /// <param name="objective">What the model is trained to do.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="documents">The texts to train on.</param>
    /// <param name="validation">The texts to validate on; null keeps back some of the others.</param>
    /// <param name="options">Length, batch size and seed.</param>
    /// <param name="cancellationToken">Stops between documents.</param>
    /// <exception cref="InvalidInputException">
    /// The text is too short, or the tokenizer lacks a special token that is needed.
    /// </exception>
    public static PretrainingText Create(
        PretrainingObjective objective,
        ITokenizer tokenizer,
        IEnumerable<string> documents,
        IEnumerable<string>? validation,
        PretrainingTextOptions options,
        CancellationToken cancellationToken = default)
    {
        var sequences = objective.Packing.Pack(tokenizer, documents, options.SequenceLength, cancellationToken);
        var (kept, heldOut) = validation is null
            ? KeepBack(sequences, options)
            : (sequences, objective.Packing.Pack(tokenizer, validation, options.SequenceLength, cancellationToken));
        if (kept.Count == 0)
        {
            throw new InvalidInputException("text-too-short", "The text is too short to train on.")
            {
                Found = $"{sequences.Count} sequences of at most {options.SequenceLength} tokens, of which none is left to train on",
                Expected = "at least one sequence of two tokens",
                Hint = "Give more text, or a smaller `validation-share`.",
            };
        }

        var variation = objective.CreateVariation(tokenizer, options.Seed);
        var data = new DataOptions
        {
            BatchSize = options.BatchSize,
            BucketBatches = objective.Task == ModelTask.MaskedLanguageModeling ? 50 : 1,
            Seed = options.Seed,
            PaddingToken = tokenizer.PadId ?? 0,
        };
        return new PretrainingText(
            new TrainingData(kept, data, variation),
            [.. heldOut.Select((example, index) => variation?.Vary(example, index, ValidationEpoch) ?? example)]);
    }

    private static (IReadOnlyList<TrainingExample> Kept, IReadOnlyList<TrainingExample> HeldOut) KeepBack(
        IReadOnlyList<TrainingExample> sequences, PretrainingTextOptions options)
    {
        int count = (int)Math.Ceiling(sequences.Count * options.ValidationShare);
        var random = new Pcg32(options.Seed, ValidationStream);
        var draws = sequences.Select(_ => random.NextDouble()).ToArray();
        var heldOut = Enumerable.Range(0, sequences.Count).OrderBy(index => draws[index]).Take(count).ToHashSet();
        return ([.. sequences.Where((_, index) => !heldOut.Contains(index))], [.. sequences.Where((_, index) => heldOut.Contains(index))]);
    }
}
