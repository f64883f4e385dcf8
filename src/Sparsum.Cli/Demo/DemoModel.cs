using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Cli.Demo;

/// <summary>A small LLaMA-shaped decoder with random weights, written as a folder.</summary>
internal static class DemoModel
{
    public static void Write(string folder, DemoBudget budget, ulong seed, CancellationToken cancellationToken)
    {
        var config = new LlamaConfig
        {
            VocabSize = ByteTokenizerFiles.VocabularySize,
            HiddenSize = budget.HiddenSize,
            IntermediateSize = budget.IntermediateSize,
            NumHiddenLayers = budget.Blocks,
            NumAttentionHeads = budget.Heads,
            NumKeyValueHeads = budget.Heads / 2,
            MaxPositionEmbeddings = 2 * budget.Length,
            EosTokenId = [ByteTokenizerFiles.EndId],
        };
        using var model = RandomInitialization.Create(config, seed);
        ModelWriter.Save(folder, config, model, cancellationToken: cancellationToken);
        ByteTokenizerFiles.Write(folder);
    }
}
