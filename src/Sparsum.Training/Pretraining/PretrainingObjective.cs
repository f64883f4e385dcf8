using Sparsum.Core;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Training.Pretraining;

/// <summary>What a model is pretrained to do, and how text is prepared for it.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Task">The head.</param>
/// <param name="Packing">How documents become sequences.</param>
public sealed record PretrainingObjective(string Name, ModelTask Task, ISequencePacking Packing)
{
    /// <summary>All of them, in the order in which one is chosen for an architecture.</summary>
    public static IReadOnlyList<PretrainingObjective> All { get; } =
    [
        new("causal", ModelTask.CausalLanguageModeling, new CausalPacking()),
        new("masked", ModelTask.MaskedLanguageModeling, new MaskedPacking()),
        new("span-corruption", ModelTask.ConditionalGeneration, new SpanPacking()),
    ];

    /// <summary>The objective that an architecture has a head for.</summary>
    /// <param name="architecture">The architecture.</param>
    /// <param name="name">The objective that is asked for; null for the first that fits.</param>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static PretrainingObjective Find(IArchitecture architecture, string? name = null)
    {
        PretrainingObjective[] fitting = [.. All.Where(objective => architecture.ClassName(objective.Task) is not null)];
        return fitting.FirstOrDefault(objective => name is null || objective.Name == name)
            ?? throw new InvalidInputException("unsupported-objective", $"Models of type '{architecture.ModelType}' have no head for this objective.")
            {
                Found = name ?? "an architecture without a language-model head",
                Expected = fitting.Length > 0
                    ? string.Join(", ", fitting.Select(objective => objective.Name))
                    : "an architecture with a head that writes or guesses tokens",
                Hint = "Choose another objective or architecture.",
            };
    }

    /// <summary>What changes about the sequences from epoch to epoch; null for nothing.</summary>
    /// <exception cref="InvalidInputException">The tokenizer lacks a special token that is needed.</exception>
    public IExampleVariation? CreateVariation(ITokenizer tokenizer, ulong seed) => Task switch
    {
        ModelTask.MaskedLanguageModeling => new TokenMasking(tokenizer, new MaskingOptions { Seed = seed }),
        ModelTask.ConditionalGeneration => new SpanCorruption(tokenizer, new SpanOptions { Seed = seed }),
        _ => null,
    };
}
