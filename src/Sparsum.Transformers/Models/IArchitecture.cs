using System.Text.Json;

namespace Sparsum.Transformers.Models;

/// <summary>
/// Builds one family of models from its <c>config.json</c>. One file per architecture; <see cref="Architectures"/> lists them all.
/// </summary>
public interface IArchitecture
{
    /// <summary>The <c>model_type</c> of the configurations it reads, e.g. <c>llama</c>.</summary>
    string ModelType { get; }

    /// <summary>Builds the skeleton of a model: every parameter has its name and shape, none has values.</summary>
    /// <exception cref="Errors.InvalidInputException">A key is missing or has a value that this architecture cannot have.</exception>
    CausalLanguageModel Create(JsonElement config);

    /// <summary>
    /// Whether a checkpoint tensor that no parameter reads is known to be of no use (causal masks, rotary frequencies, unused heads).
    /// </summary>
    bool IsIgnored(string tensorName);
}
