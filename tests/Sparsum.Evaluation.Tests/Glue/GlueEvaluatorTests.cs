using Sparsum.Evaluation.Glue;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Evaluation.Tests.Glue;

public class GlueEvaluatorTests
{
    [Fact]
    public void Answers_come_in_the_order_of_the_texts_whatever_the_batch_size()
    {
        using var backend = new CpuBackend(2);
        using var model = RandomInitialization.Create(
            new BertConfig
            {
                VocabSize = 20,
                HiddenSize = 16,
                IntermediateSize = 32,
                NumHiddenLayers = 2,
                NumAttentionHeads = 2,
                InitializerRange = 0.5,
                NumLabels = 3,
                Architectures = ["BertForSequenceClassification"],
            },
            1);
        EncodedText[] texts =
        [
            .. Enumerable.Range(0, 11).Select(i => new EncodedText(
                [.. Enumerable.Range(0, 1 + (i * 5 % 7)).Select(j => 1 + ((i + (3 * j)) % 19))],
                [.. Enumerable.Range(0, 1 + (i * 5 % 7)).Select(j => j > 2 ? 1 : 0)])),
        ];
        float[] alone = [.. texts.SelectMany(text => GlueEvaluator.Logits(backend, model, [text], new GlueEvaluationOptions()))];

        foreach (int batchSize in new[] { 1, 4, 32 })
        {
            var counts = new List<int>();
            float[] together = GlueEvaluator.Logits(
                backend, model, texts, new GlueEvaluationOptions { BatchSize = batchSize, PaddingToken = 7 }, new Counter(counts));

            Numbers.AssertClose(alone, together, 1e-4);
            Assert.Equal(11, counts[^1]);
        }
    }

    [SharedFact("models/bert-tiny-sst2-refit")]
    public void The_accuracy_of_a_known_model()
    {
        using var backend = new CpuBackend();
        using var pretrained = PretrainedModel.Open(SharedFiles.Path("models", "bert-tiny-sst2-refit"));
        pretrained.LoadAll();
        var task = GlueTasks.Find("sst2")!;
        var split = EncodedSplit.Create(
            GlueReader.Read(SharedFiles.Path("data", "glue"), task, GlueSplit.Dev), pretrained.Tokenizer, task.Recipe.MaxLength);

        var scores = GlueEvaluator.Run(backend, pretrained.Model, split, null, new GlueEvaluationOptions());

        Assert.Equal(0.797, scores.Values["accuracy"], 5e-4);
    }

    private sealed class Counter(List<int> counts) : IProgress<int>
    {
        public void Report(int value) => counts.Add(value);
    }
}
