using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary>The figures by which people know a model.</summary>
internal sealed record ModelFacts(
    string Architecture,
    long Parameters,
    int HiddenSize,
    int VocabularySize,
    int MaxPositions,
    int Heads,
    int KeyValueHeads,
    IReadOnlyList<string>? Labels)
{
    public ModelFacts(PretrainedModel pretrained)
        : this(
            pretrained.Architecture.ModelType,
            pretrained.Model.Parameters.Sum(parameter => Tensor.CountElements(parameter.Shape)),
            pretrained.Model.HiddenSize,
            pretrained.Model.VocabularySize,
            pretrained.Model.MaxPositions,
            pretrained.Model.Blocks[0].Attention.HeadCount,
            pretrained.Model.Blocks[0].Attention.KeyValueHeadCount,
            pretrained.Model.Classification is null ? null : LabelSet.Of(pretrained.ModelConfig).Names)
    {
    }
}
