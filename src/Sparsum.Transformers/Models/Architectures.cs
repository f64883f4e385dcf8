using Sparsum.Core;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Transformers.Models;

/// <summary>Every architecture of the project, the one place where a new one is registered.</summary>
public static class Architectures
{
    /// <summary>All of them, by <c>model_type</c>.</summary>
    public static IReadOnlyList<IArchitecture> All { get; } =
    [
        new BertArchitecture(),
        new GemmaArchitecture(),
        new Gpt2Architecture(),
        new GptNeoXArchitecture(),
        new LlamaArchitecture(),
        new MistralArchitecture(),
        new OptArchitecture(),
        new PhiArchitecture(),
        new Qwen2Architecture(),
        new Qwen3Architecture(),
        new T5Architecture(),
    ];

    /// <summary>The architecture of a <c>model_type</c>.</summary>
    /// <exception cref="InvalidInputException">None has it.</exception>
    public static IArchitecture Find(string modelType) =>
        All.FirstOrDefault(architecture => architecture.ModelType == modelType)
        ?? throw new InvalidInputException("unknown-architecture", $"The architecture '{modelType}' is not supported.")
        {
            Found = $"model_type: {modelType}",
            Expected = $"model_type: one of {string.Join(", ", All.Select(architecture => architecture.ModelType))}",
        };

    /// <summary>The architecture that a configuration record belongs to.</summary>
    /// <exception cref="ArgumentException">None takes records of this type.</exception>
    public static IArchitecture Of(ModelConfig config) =>
        All.FirstOrDefault(architecture => architecture.Accepts(config))
        ?? throw new ArgumentException($"No architecture is built from a {config.GetType().Name}.", nameof(config));
}
