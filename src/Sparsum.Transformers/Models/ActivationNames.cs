using Sparsum.Tensors;

namespace Sparsum.Transformers.Models;

/// <summary>The activations under their Hugging Face names.</summary>
public static class ActivationNames
{
    private static readonly Dictionary<string, Activation> ByName = new(StringComparer.Ordinal)
    {
        ["gelu"] = Activation.GeluErf,
        ["gelu_python"] = Activation.GeluErf,
        ["gelu_new"] = Activation.GeluTanh,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
        ["gelu_fast"] = Activation.GeluTanh,
        ["relu"] = Activation.Relu,
        ["silu"] = Activation.Silu,
        ["swish"] = Activation.Silu,
        ["tanh"] = Activation.Tanh,
        ["linear"] = Activation.Identity,
    };

    /// <summary>The activation that a configuration names.</summary>
    /// <exception cref="Core.InvalidInputException">It is not one of the known ones.</exception>
    public static Activation Parse(string key, string name) => ByName.TryGetValue(name, out var activation)
        ? activation
        : throw ConfigCheck.Unsupported(key, $"'{name}'", $"one of {string.Join(", ", ByName.Keys.Order(StringComparer.Ordinal))}");
}
