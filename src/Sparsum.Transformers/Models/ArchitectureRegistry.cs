using Sparsum.Core;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Transformers.Models;

/// <summary>
/// The architectures that models are opened with. <see cref="BuiltIn"/> has all of the project, and is the one place where a new one is
/// registered; <see cref="With"/> adds others to it.
/// </summary>
public sealed class ArchitectureRegistry
{
    private ArchitectureRegistry(IReadOnlyList<IArchitecture> architectures) => All = architectures;

    /// <summary>Every architecture of the project.</summary>
    public static ArchitectureRegistry BuiltIn { get; } = new(
    [
        new BartArchitecture(),
        new BertArchitecture(),
        new BloomArchitecture(),
        new DebertaV2Architecture(),
        new DistilBertArchitecture(),
        new ElectraArchitecture(),
        new FalconArchitecture(),
        new GemmaArchitecture(),
        new Gemma2Architecture(),
        new Gemma3Architecture(),
        new Gpt2Architecture(),
        new GptJArchitecture(),
        new GptNeoXArchitecture(),
        new LlamaArchitecture(),
        new MarianArchitecture(),
        new MistralArchitecture(),
        new MixtralArchitecture(),
        new ModernBertArchitecture(),
        new Olmo2Architecture(),
        new OptArchitecture(),
        new PhiArchitecture(),
        new Phi3Architecture(),
        new Qwen2Architecture(),
        new Qwen2MoeArchitecture(),
        new Qwen3Architecture(),
        new Qwen3MoeArchitecture(),
        new RobertaArchitecture(),
        new SmolLm3Architecture(),
        new T5Architecture(),
    ]);

    /// <summary>All of them.</summary>
    public IReadOnlyList<IArchitecture> All { get; }

    /// <summary>These and others; one of the same <c>model_type</c> takes the place of the old one.</summary>
    public ArchitectureRegistry With(params IReadOnlyList<IArchitecture> others) =>
        new([.. All.Where(own => others.All(other => other.ModelType != own.ModelType)), .. others]);

    /// <summary>The architecture of a <c>model_type</c>.</summary>
    /// <exception cref="InvalidInputException">None has it.</exception>
    public IArchitecture Find(string modelType) =>
        All.FirstOrDefault(architecture => architecture.ModelType == modelType)
        ?? throw new InvalidInputException("unknown-architecture", $"The architecture '{modelType}' is not supported.")
        {
            Found = $"model_type: {modelType}",
            Expected = $"model_type: one of {string.Join(", ", All.Select(architecture => architecture.ModelType))}",
        };

    /// <summary>The architecture that a configuration record belongs to.</summary>
    /// <exception cref="ArgumentException">None takes records of this type.</exception>
    public IArchitecture Of(ModelConfig config) =>
        All.FirstOrDefault(architecture => architecture.Accepts(config))
        ?? throw new ArgumentException($"No architecture is built from a {config.GetType().Name}.", nameof(config));
}
