using Sparsum.Core;


namespace Sparsum.Transformers.Tokenizers;

/// <summary>The files of a tokenizer are missing, malformed or of a kind that is not supported.</summary>
public sealed class TokenizerException(string code, string message, Exception? innerException = null)
    : InvalidInputException(code, message, innerException)
{
    internal static TokenizerException Missing(string folder, string expected) => new(
        "tokenizer-missing", "The folder has no tokenizer.")
    {
        File = folder,
        Expected = expected,
        Hint = "Copy the tokenizer files of the model into its folder.",
    };

    internal static TokenizerException Malformed(string? file, string message, Exception? cause = null) => new(
        "tokenizer-malformed", message, cause)
    {
        File = file,
        Hint = "The file may be cut short or changed; fetch it again.",
    };

    internal static TokenizerException Unsupported(string? file, string what, string found, string expected) => new(
        "tokenizer-unsupported", $"The {what} of this tokenizer is not supported.")
    {
        File = file,
        Found = found,
        Expected = expected,
        Hint = "If the model also comes with another kind of tokenizer file, put that one into the folder.",
    };
}
