using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>A real classifier on real sentences.</summary>
public class ClassificationAccuracyTests
{
    private const int BatchSize = 32;
    private const int MaxLength = 128;

    [SharedFact("models/bert-tiny-sst2-refit")]
    public void Sentiment_is_recognised_as_often_as_published()
    {
        using var pretrained = PretrainedModel.Open(SharedFiles.Path("models", "bert-tiny-sst2-refit"));
        using var backend = OracleModel.CreateBackend("cpu");
        using var computation = new Computation(backend);
        pretrained.LoadPacked(backend, StorageType.Float32);
        var lines = File.ReadLines(SharedFiles.Path("data", "glue", "SST-2", "dev.tsv")).Skip(1).Select(line => line.Split('\t')).ToList();
        int correct = lines.Chunk(BatchSize).Sum(chunk => CountCorrect(pretrained, computation, chunk));
        Assert.Equal(["negative", "positive"], LabelSet.Of(pretrained.ModelConfig).Names);
        Assert.Equal(872, lines.Count);
        Assert.Equal(0.797, (double)correct / lines.Count, 0.0006);
    }

    private static int CountCorrect(PretrainedModel pretrained, Computation computation, string[][] rows)
    {
        var texts = rows.Select(row => pretrained.Tokenizer.EncodePair(row[0], null, MaxLength)).ToList();
        var padded = BatchEncoding.Pad(texts, pretrained.Tokenizer.PadId!.Value);
        var batch = new TokenBatch(padded.Ids, padded.Rows, padded.AttentionMask) { TokenTypeIds = padded.TypeIds };
        using var logits = pretrained.Model.Forward(pretrained.Model.BeginPass(computation, batch), batch);
        int correct = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            int predicted = logits.Row(row)[1] > logits.Row(row)[0] ? 1 : 0;
            correct += rows[row][1] == (predicted == 1 ? "1" : "0") ? 1 : 0;
        }

        return correct;
    }
}
