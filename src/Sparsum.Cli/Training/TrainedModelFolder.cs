using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.Topology;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Training;

/// <summary>Writes a trained model in Hugging Face layout, with what became of its heads.</summary>
internal static class TrainedModelFolder
{
    public static void Write(string folder, PretrainedModel pretrained, ISparsifier sparsifier, CancellationToken cancellationToken)
    {
        CompanionFiles.Copy(pretrained.Folder, folder);
        ModelWriter.Save(folder, pretrained.ModelConfig, pretrained.Model, cancellationToken: cancellationToken);
        var modules = sparsifier.Heads.Select(module => module.Record).ToList();
        if (modules.All(module => module.RemovedHeads.Count == 0))
        {
            return;
        }

        string path = Path.Combine(folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        bool isMasked = pretrained.Model.Blocks.SelectMany(block => block.Attentions).Sum(attention => attention.HeadCount)
            > modules.Sum(module => module.KeptHeads.Count);
        PrunedHeads.Write(config, modules, isMasked ? HeadRemoval.Mask : HeadRemoval.Physical);
        AtomicFile.WriteAllText(path, JsonText.Format(config) + "\n");
    }
}
