using Sparsum.Transformers.Checkpoints.Gguf;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>Finds and opens the weights of a model.</summary>
public static class Checkpoint
{
    // In the order of preference: safetensors before pickles, one file before shards.
    private static readonly string[] FileNames =
    [
        WeightFiles.Standard.Single,
        WeightFiles.Standard.Index,
        "pytorch_model.bin",
        "pytorch_model.bin" + WeightFiles.IndexSuffix,
        WeightFiles.Compact.Single,
        WeightFiles.Compact.Index,
    ];

    /// <summary>
    /// Opens a checkpoint: a folder in Hugging Face layout, a <c>.safetensors</c> or <c>.bin</c> file, the <c>.index.json</c> of shards, or a
    /// <c>.gguf</c> file or the folder with it.
    /// </summary>
    /// <exception cref="CheckpointException">Nothing is there, or what is there is damaged.</exception>
    public static ICheckpoint Open(string folderOrFile)
    {
        if (!Directory.Exists(folderOrFile))
        {
            return OpenFile(folderOrFile);
        }

        string? file = FileNames.Select(name => Path.Combine(folderOrFile, name)).FirstOrDefault(File.Exists) ?? GgufModelFiles.Find(folderOrFile);
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

    /// <summary>Opens the weights of a folder that may hold sparse tensors: those of <see cref="WeightFiles.Compact"/> come first.</summary>
    internal static ICheckpoint OpenCompact(string folder)
    {
        string? file = FileNames[^2..].Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return file is null ? Open(folder) : OpenFile(file);
    }

    /// <summary>Opens one file that holds tensors itself, by its name.</summary>
    internal static ICheckpoint OpenTensors(string file) =>
        file.EndsWith(WeightFiles.Standard.Extension, StringComparison.OrdinalIgnoreCase)
        || file.EndsWith(WeightFiles.Compact.Extension, StringComparison.OrdinalIgnoreCase)
            ? SafetensorsFile.Open(file)
            : TorchCheckpoint.Open(file);

    private static ICheckpoint OpenFile(string file) =>
        file.EndsWith(WeightFiles.IndexSuffix, StringComparison.OrdinalIgnoreCase) ? ShardedCheckpoint.Open(file)
        : file.EndsWith(GgufModelFiles.Extension, StringComparison.OrdinalIgnoreCase) ? GgufCheckpoint.Open(file)
        : OpenTensors(file);
}
