using Sparsum.Core;


namespace Sparsum.Evaluation.Latency;

/// <summary>The bytes of a model on disk: a folder, or one GGUF file.</summary>
/// <param name="Total">All files, those in folders below included.</param>
/// <param name="Weights">The weight files: <c>.safetensors</c>, <c>.sparsum</c>, <c>.bin</c>, <c>.gguf</c>, <c>.onnx</c> and <c>.onnx_data</c>.</param>
public sealed record FolderSize(long Total, long Weights)
{
    /// <summary>Adds up the lengths of the files.</summary>
    /// <exception cref="InvalidInputException">There is no such folder.</exception>
    public static FolderSize Measure(string folder)
    {
        if (File.Exists(folder))
        {
            long length = Length(folder);
            return new FolderSize(length, length);
        }

        var directory = new DirectoryInfo(folder);
        if (!directory.Exists)
        {
            throw new InvalidInputException("missing-folder", $"There is no folder '{folder}'.")
            {
                File = folder,
                Expected = "a model folder",
                Hint = "Check the path.",
            };
        }

        long total = 0;
        long weights = 0;
        foreach (var file in directory.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            long length = Length(file.FullName);
            total += length;
            weights += file.Extension is ".safetensors" or ".sparsum" or ".bin" or ".gguf" or ".onnx" or ".onnx_data" ? length : 0;
        }

        return new FolderSize(total, weights);
    }

    // Of a link, as the caches of hubs are made of, that of what it leads to.
    private static long Length(string path) => new FileInfo(RealPath.Of(path)).Length;
}
