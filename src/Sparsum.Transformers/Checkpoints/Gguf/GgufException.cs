namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>A file breaks a rule of the GGUF format, or holds what is not supported.</summary>
public sealed class GgufException(string code, string message, Exception? innerException = null)
    : CheckpointException(code, message, innerException)
{
    internal static GgufException Malformed(string file, string message, string? found = null, string? expected = null) =>
        new("malformed-gguf", $"'{file}' is not a sound GGUF file: {message}")
        {
            File = file,
            Found = found,
            Expected = expected,
            Hint = "Fetch the file again; it was changed or cut off.",
        };
}
