using Sparsum.Core;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Compaction;

/// <summary>
/// Turns the zeros of a model folder into a smaller model that computes the same. Blocks are read one at a time, twice: to see what is
/// dead, which settles all sizes, and to write what is left.
/// </summary>
public static class Compactor
{
    /// <summary>Compacts a model.</summary>
    /// <param name="input">A model folder in Hugging Face layout; it is only read.</param>
    /// <param name="output">The folder to create, see <see cref="OutputFolder"/>.</param>
    /// <param name="options">What to do.</param>
    /// <param name="replace">Whether an earlier output is replaced.</param>
    /// <param name="completed">Told of the complete model before it is published, with the folder that it lies in until then.</param>
    /// <param name="progress">Told of every block.</param>
    /// <param name="cancellationToken">Stops between tensors; nothing is left.</param>
    /// <param name="architectures">The known architectures; null means all of the project.</param>
    /// <exception cref="InvalidInputException">Model, options or folders are wrong.</exception>
    /// <exception cref="RunFailedException">The output cannot be written; nothing of it is left.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static CompactionResult Run(
        string input,
        string output,
        CompactionOptions options,
        bool replace = false,
        Action<string, CompactionResult>? completed = null,
        IProgress<CompactionProgress>? progress = null,
        CancellationToken cancellationToken = default,
        ArchitectureRegistry? architectures = null)
    {
        options.Validate();
        using var folder = OutputFolder.Open(output, [input], replace ? ExistingOutput.Replace : ExistingOutput.Refuse);
        using var planned = PlannedModel.Create(input, options, architectures, progress, cancellationToken);
        using var source = PretrainedModel.Open(input, architectures: architectures);
        using var writer = new CompactModelWriter(source, folder.Output, [.. planned.Tensors], options.ShardBytes);
        FreeSpace.Require(folder.Target, writer.TotalBytes, FreeSpace.Available(folder.Target));
        folder.Begin();
        try
        {
            ModelFiles.Copy(source.Folder, folder.Output);
            AtomicFile.WriteAllBytes(
                Path.Combine(folder.Output, "config.json"),
                ModelWriter.UpdateConfig(source.Architecture, source.Config, source.ModelConfig, planned.Config));
            writer.Write(planned.Others, cancellationToken);
            foreach (var block in source.Model.Blocks)
            {
                progress?.Report(new CompactionProgress(true, block.Index, source.Model.Blocks.Count));
                using var values = new LoadedParameters(source, block.Parameters, cancellationToken);
                BlockCutter.Restore(block);
                BlockCutter.Apply(block, planned.Plan.Blocks[block.Index]);
                writer.Write(planned.Blocks[block.Index], cancellationToken);
            }

            writer.Complete();
            Check(folder.Output, architectures);
            var result = planned.Result(options);
            completed?.Invoke(folder.Output, result);
            folder.Publish();
            return result;
        }
        catch
        {
            writer.Dispose();
            folder.Discard();
            throw;
        }
    }

    /// <summary>What a compaction would come to. Reads the model once and writes nothing.</summary>
    /// <param name="input">A model folder in Hugging Face layout.</param>
    /// <param name="options">What would be done.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <param name="architectures">The known architectures; null means all of the project.</param>
    /// <exception cref="InvalidInputException">Model or options are wrong.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static CompactionResult Plan(
        string input, CompactionOptions options, CancellationToken cancellationToken = default, ArchitectureRegistry? architectures = null)
    {
        options.Validate();
        using var planned = PlannedModel.Create(input, options, architectures, null, cancellationToken);
        return planned.Result(options);
    }

    /// <summary>Opening a folder checks that configuration and weights belong together.</summary>
    private static void Check(string folder, ArchitectureRegistry? architectures)
    {
        using var written = PretrainedModel.Open(folder, architectures: architectures);
    }
}
