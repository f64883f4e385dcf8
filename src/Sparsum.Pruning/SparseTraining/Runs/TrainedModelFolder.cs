using System.Text;
using System.Text.Json;
using Sparsum.Core;
using Sparsum.Pruning.HeadElimination;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>
/// Writes a trained model in Hugging Face layout. The heads that are gone stand in <c>pruned_heads</c>, which <see cref="ModelWriter"/>
/// writes from the model itself; what became of them stands beside it, in <see cref="EliminationHistory"/>.
/// </summary>
internal static class TrainedModelFolder
{
    public static void Write(
        string folder,
        IArchitecture architecture,
        ModelConfig config,
        TransformerModel model,
        ISparsifier sparsifier,
        TensorDataType dataType,
        CancellationToken cancellationToken)
    {
        ModelWriter.Save(folder, architecture, config, model, dataType, cancellationToken);
        var modules = sparsifier.Heads.Select(module => module.Record).ToList();
        if (modules.All(module => module.RemovedHeads.Count == 0))
        {
            return;
        }

        string path = Path.Combine(folder, "config.json");
        var json = StrictJson.ReadNode(path)!.AsObject();
        bool isMasked = model.Blocks.SelectMany(block => block.Attentions).Sum(attention => attention.HeadCount)
            > modules.Sum(module => module.KeptHeads.Count);
        EliminationHistory.Write(json, modules, isMasked ? HeadRemoval.Mask : HeadRemoval.Physical);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteTo(writer);
        }

        AtomicFile.WriteAllText(path, Encoding.UTF8.GetString(stream.ToArray()) + "\n");
    }
}
