
namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>The ways in which a PyTorch checkpoint can be refused.</summary>
internal static class PickleErrors
{
    public const string ConvertHint = "Convert the model to safetensors where it was made, with a program that you trust.";

    public static TorchCheckpointException Truncated(string file) =>
        new("pickle-truncated", $"The pickle of '{file}' ends too early.") { File = file, Hint = SafetensorsHeader.DamagedHint };

    public static TorchCheckpointException Limit(string file, string what, string found, string expected) =>
        new("pickle-limit", $"The pickle of '{file}' has {what} that is larger than any real one.")
        {
            File = file,
            Found = found,
            Expected = expected,
            Hint = SafetensorsHeader.DamagedHint,
        };

    public static TorchCheckpointException Structure(string file, string what, string found, string expected) =>
        new("pickle-structure", $"The pickle of '{file}' has {what} that does not belong into a checkpoint.")
        {
            File = file,
            Found = found,
            Expected = expected,
            Hint = ConvertHint,
        };

    public static TorchCheckpointException Forbidden(string file, string name) =>
        new("pickle-global", $"The pickle of '{file}' asks for '{name}', which is not needed to build tensors and may be an attack.")
        {
            File = file,
            Found = name,
            Expected = "tensors, storages and dictionaries only",
            Hint = ConvertHint,
        };

    public static TorchCheckpointException BadTensor(string file, string what, string found, string expected) =>
        new("torch-tensor", $"A tensor of '{file}' has {what}.")
        {
            File = file,
            Found = found,
            Expected = expected,
            Hint = SafetensorsHeader.DamagedHint,
        };

    public static TorchCheckpointException BadArchive(string file, string what) =>
        new("zip-structure", $"The archive '{file}' {what}.") { File = file, Hint = SafetensorsHeader.DamagedHint };
}
