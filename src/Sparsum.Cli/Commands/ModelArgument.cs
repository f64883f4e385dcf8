using System.CommandLine;

namespace Sparsum.Cli.Commands;

/// <summary>The argument <c>MODEL</c>. Its value is read with <see cref="Running.RunContext.Get(ModelArgument)"/>, which knows names of the hub.</summary>
internal sealed class ModelArgument : Argument<string>
{
    public ModelArgument()
        : base("MODEL") =>
        Description = "A model folder (config.json, weights as safetensors or pytorch_model.bin, tokenizer files), a GGUF file, "
            + "or a name of the hub (owner/name).";
}
