using Sparsum.Transformers.Models.Families;

namespace Sparsum.Benchmarks.Training;

/// <summary>A model and its batches.</summary>
/// <param name="Config">The model: a BERT classifier.</param>
/// <param name="Batch">Sequences of a batch.</param>
/// <param name="Length">Tokens of a sequence.</param>
internal sealed record StepShape(BertConfig Config, int Batch, int Length)
{
    /// <summary>BERT-base, with as many layers as the time allows and few words, since rows of a table are looked up and not computed.</summary>
    public static StepShape Base(int layers, double dropout) => new(Bert(layers, 768, 12, 3072, 1000, dropout), 16, 128);

    /// <summary>What small experiments train: sentences of about 25 tokens.</summary>
    public static StepShape Small { get; } = new(Bert(4, 128, 4, 512, 4000, 0.1), 32, 25);

    private static BertConfig Bert(int layers, int hidden, int heads, int intermediate, int words, double dropout) => new()
    {
        Architectures = ["BertForSequenceClassification"],
        VocabSize = words,
        HiddenSize = hidden,
        IntermediateSize = intermediate,
        NumHiddenLayers = layers,
        NumAttentionHeads = heads,
        MaxPositionEmbeddings = 512,
        HiddenDropoutProb = dropout,
        AttentionProbsDropoutProb = dropout,
    };
}
