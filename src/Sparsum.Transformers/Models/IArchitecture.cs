using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sparsum.Transformers.Models;

/// <summary>
/// Builds one family of models from its <c>config.json</c>. One file per architecture; <see cref="ArchitectureRegistry.BuiltIn"/> lists them all.
/// </summary>
public interface IArchitecture
{
    /// <summary>The <c>model_type</c> of the configurations it reads, e.g. <c>llama</c>.</summary>
    string ModelType { get; }

    /// <summary>
    /// The prefix of the tensors below the head, e.g. <c>model.</c>. Checkpoints of the headless model leave it out.
    /// </summary>
    string BasePrefix { get; }

    /// <summary>Whether its models are told their task by words in front of what they read, as T5 is.</summary>
    bool ReadsInstructions => false;

    /// <summary>Whether this architecture is built from configurations of this record type.</summary>
    bool Accepts(ModelConfig config);

    /// <summary>Reads the configuration record.</summary>
    /// <exception cref="Core.InvalidInputException">A required key is missing, or a value has the wrong type.</exception>
    ModelConfig Read(JsonElement config);

    /// <summary>The JSON of a configuration record, complete with <c>model_type</c> and <c>architectures</c>.</summary>
    /// <exception cref="ArgumentException">The record belongs to another architecture.</exception>
    JsonObject Write(ModelConfig config);

    /// <summary>What a model of this configuration is for; the architecture's first task where <c>architectures</c> names no known class.</summary>
    ModelTask TaskOf(ModelConfig config);

    /// <summary>Whether <c>architectures</c> names a class for the task, so that a checkpoint should hold the whole head.</summary>
    bool IsSavedFor(ModelTask task, ModelConfig config);

    /// <summary>The class with a head for a task; null when the architecture has none.</summary>
    string? ClassName(ModelTask task);

    /// <summary>
    /// Builds the skeleton of a model: every parameter has its name and shape, none has values. Heads and neurons that the configuration
    /// lists as removed are left out.
    /// </summary>
    /// <exception cref="ArgumentException">The record belongs to another architecture.</exception>
    /// <exception cref="Core.InvalidInputException">A value is one that this architecture cannot have.</exception>
    TransformerModel Create(ModelConfig config);

    /// <summary>Builds the skeleton of a model from its <c>config.json</c>.</summary>
    /// <exception cref="Core.InvalidInputException">A key is missing or has a value that this architecture cannot have.</exception>
    TransformerModel Create(JsonElement config) => Create(Read(config));

    /// <summary>
    /// Whether a checkpoint tensor that no parameter reads is known to be of no use (causal masks, rotary frequencies, unused heads).
    /// </summary>
    bool IsIgnored(string tensorName);
}
