
namespace Sparsum.Transformers.Checkpoints;

/// <summary>Finds and opens the weights of a model.</summary>
public static class Checkpoint
{
    private const string IndexSuffix = ".index.json";

    // In the order of preference: safetensors before pickles, one file before shards.
    private static readonly string[] FileNames =
    [
        "model.safetensors",
        "model.safetensors" + IndexSuffix,
        "pytorch_model.bin",
        "pytorch_model.bin" + IndexSuffix,
    ];

    /// <summary>
    /// Opens a checkpoint: a folder in Hugging Face layout, a <c>.safetensors</c> or <c>.bin</c> file, or the <c>.index.json</c> of shards.
    /// </summary>
    /// <exception cref="CheckpointException">Nothing is there, or what is there is damaged.</exception>
    public static ICheckpoint Open(string folderOrFile)
    {
        if (!Directory.Exists(folderOrFile))
        {
            return OpenFile(folderOrFile);
        }

        string? file = FileNames.Select(name => Path.Combine(folderOrFile, name)).FirstOrDefault(File.Exists);
        return file is not null
            ? OpenFile(file)
            : throw new CheckpointException("no-checkpoint", $"'{folderOrFile}' holds no weights.")
            {
                File = folderOrFile,
                Found = "none of these files",
                Expected = string.Join(", ", FileNames),
                Hint = "Give the folder of a model in Hugging Face layout.",
            };
    }

    /// <summary>Opens one file that holds tensors itself, by its name.</summary>
    internal static ICheckpoint OpenTensors(string file) =>
        file.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? SafetensorsFile.Open(file) : TorchCheckpoint.Open(file);

    private static ICheckpoint OpenFile(string file) =>
        file.EndsWith(IndexSuffix, StringComparison.OrdinalIgnoreCase) ? ShardedCheckpoint.Open(file) : OpenTensors(file);
}
