using Sparsum.Core;


namespace Sparsum.Cli.Demo;

/// <summary>The small trained models that come with the command, in <c>models</c> beside it.</summary>
internal static class ShippedModels
{
    /// <summary>An encoder, trained to guess hidden words of the documentation of the .NET SDK.</summary>
    public const string Encoder = "bert-docs";

    /// <summary>A decoder, trained to go on with that documentation.</summary>
    public const string Decoder = "llama-docs";

    /// <summary>The folder of a model.</summary>
    /// <exception cref="RunFailedException">It is not where the command was installed.</exception>
    public static string Find(string name)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "models", name);
        return Directory.Exists(folder) ? folder : throw new RunFailedException("missing-shipped-model", $"The model '{name}' is not there.")
        {
            File = folder,
            Expected = "the models that come with the command",
            Hint = "Install the command again, or build it from its repository.",
        };
    }
}
