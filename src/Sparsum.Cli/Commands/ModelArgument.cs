using System.CommandLine;

namespace Sparsum.Cli.Commands;

/// <summary>The argument <c>MODEL</c>.</summary>
internal static class ModelArgument
{
    public static Argument<string> Create() => new("MODEL")
    {
        Description = "A model folder (config.json, weights as safetensors or pytorch_model.bin, tokenizer files), or a GGUF file.",
    };
}
