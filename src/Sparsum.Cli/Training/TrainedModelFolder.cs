using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Training;

/// <summary>Writes a trained model in Hugging Face layout, with what became of its heads.</summary>
internal static class TrainedModelFolder
{
    public static void Write(string folder, PretrainedModel pretrained, ISparsifier sparsifier, CancellationToken cancellationToken)
    {
        ModelFiles.Copy(pretrained.Folder, folder);
        ModelWriter.Save(folder, pretrained.Architecture, pretrained.ModelConfig, pretrained.Model, cancellationToken: cancellationToken);
        RecordHeads(folder, pretrained.Model, sparsifier);
    }

    /// <summary>Writes what became of the heads into the <c>config.json</c> of a saved model; nothing where all are left.</summary>
    public static void RecordHeads(string folder, TransformerModel model, ISparsifier sparsifier)
    {
        var modules = sparsifier.Heads.Select(module => module.Record).ToList();
        if (modules.All(module => module.RemovedHeads.Count == 0))
        {
            return;
        }

        string path = Path.Combine(folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        bool isMasked = model.Blocks.SelectMany(block => block.Attentions).Sum(attention => attention.HeadCount)
            > modules.Sum(module => module.KeptHeads.Count);
        PrunedHeads.Write(config, modules, isMasked ? HeadRemoval.Mask : HeadRemoval.Physical);
        AtomicFile.WriteAllText(path, JsonText.Format(config) + "\n");
    }
}
