using Sparsum.Core;


namespace Sparsum.Pruning.OneShot.Output;

/// <summary>The files of a model folder that are not weights: configuration, tokenizer, licence, templates.</summary>
public static class CompanionFiles
{
    // Weights of any framework would still be dense, and records of earlier runs would speak of another model.
    private static readonly HashSet<string> WeightExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".onnx", ".gguf", ".ot", ".partial",
    };

    private static readonly HashSet<string> Records = new(StringComparer.OrdinalIgnoreCase) { "pruning.json", "run.json", "log.jsonl" };

    /// <summary>Copies them from one folder to another; subfolders stay behind.</summary>
    /// <exception cref="RunFailedException">A file could not be written.</exception>
    public static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from).Order(StringComparer.Ordinal).Where(IsCompanion))
        {
            string target = Path.Combine(to, Path.GetFileName(file));
            try
            {
                File.Copy(file, target, overwrite: true);
                File.SetAttributes(target, FileAttributes.Normal);
            }
            catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
            {
                throw WriteFailure.Describe(exception, target);
            }
        }
    }

    private static bool IsCompanion(string file)
    {
        string name = Path.GetFileName(file);
        return !WeightExtensions.Contains(Path.GetExtension(name))
            && !name.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase)
            && !Records.Contains(name)
            && !name.StartsWith('.');
    }
}
