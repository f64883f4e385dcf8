using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary>The figures by which people know a model. Heads are counted for each attention module, since parts of blocks may be gone.</summary>
internal sealed record ModelFacts(
    string Architecture,
    long Parameters,
    int HiddenSize,
    int VocabularySize,
    int MaxPositions,
    IReadOnlyList<int> Heads,
    IReadOnlyList<int> KeyValueHeads,
    IReadOnlyList<string>? Labels)
{
    public ModelFacts(PretrainedModel pretrained)
        : this(
            pretrained.Architecture.ModelType,
            pretrained.Model.Parameters.Sum(parameter => Tensor.CountElements(parameter.Shape)),
            pretrained.Model.HiddenSize,
            pretrained.Model.VocabularySize,
            pretrained.Model.MaxPositions,
            [.. pretrained.Model.Blocks.SelectMany(block => block.Attentions).Select(attention => attention.HeadCount)],
            [.. pretrained.Model.Blocks.SelectMany(block => block.Attentions).Select(attention => attention.KeyValueHeadCount)],
            pretrained.Model.Classification is null ? null : LabelSet.Of(pretrained.ModelConfig).Names)
    {
    }
}
