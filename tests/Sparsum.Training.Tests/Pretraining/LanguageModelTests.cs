using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Training.Data;
using Sparsum.Training.Pretraining;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Training.Tests.Pretraining;

public class LanguageModelTests
{
    private static readonly BertConfig Bert = new()
    {
        VocabSize = 36,
        HiddenSize = 16,
        IntermediateSize = 32,
        NumHiddenLayers = 2,
        NumAttentionHeads = 2,
        MaxPositionEmbeddings = 32,
        HiddenDropoutProb = 0,
        Architectures = ["BertForMaskedLM"],
    };

    private static readonly LlamaConfig Llama = new()
    {
        VocabSize = 36,
        HiddenSize = 16,
        IntermediateSize = 32,
        NumHiddenLayers = 2,
        NumAttentionHeads = 2,
        MaxPositionEmbeddings = 32,
    };

    /// <summary>Only hidden tokens pass through the head; loss and gradients are those of the whole, where the other rows are ignored.</summary>
    [Fact]
    public void The_head_on_hidden_tokens_alone_gives_the_loss_and_gradients_of_all()
    {
        using var backend = new CpuBackend(2);
        using var computation = new Computation(backend);
        using var model = RandomInitialization.Create(Bert, 3);
        var batch = new TrainingBatch(
            [
                new TrainingExample([2, 10, 4, 12, 4, 3]) { TokenLabels = [-100, -100, 11, -100, 13, -100] },
                new TrainingExample([2, 20, 4, 3]) { TokenLabels = [-100, 20, 21, -100] },
            ],
            0);
        var objective = new TrainingObjective(model);
        var (expectedLoss, expected) = Gradients(() =>
        {
            using var logits = model.Forward(model.BeginPass(computation, batch.Tokens), batch.Tokens);
            return computation.CrossEntropy(logits, batch.TokenLabels, 4);
        });

        var (loss, actual) = Gradients(() => objective.Loss(computation, batch, objective.CountTargets(batch)));

        Assert.Equal(4, objective.CountTargets(batch));
        Assert.Equal(expectedLoss, loss, 1e-6);
        foreach (var (name, gradient) in expected)
        {
            Numbers.AssertClose(gradient, actual[name], 1e-5, name);
        }

        (double Loss, Dictionary<string, float[]> Gradients) Gradients(Func<double> compute)
        {
            using var tape = computation.Record();
            foreach (var parameter in model.Parameters)
            {
                parameter.EnableGradient();
                tape.Watch(parameter.Value, parameter.Gradient!);
            }

            double result = compute();
            tape.Backward();
            return (result, model.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Gradient!.ToArray()));
        }
    }

    [Fact]
    public void A_score_is_the_mean_over_the_targets_whatever_the_batches()
    {
        using var backend = new CpuBackend(2);
        using var computation = new Computation(backend);
        using var model = RandomInitialization.Create(Llama with { InitializerRange = 0.5 }, 4);
        int[][] sequences = [.. Enumerable.Range(0, 300).Select(i => (int[])[0, .. Enumerable.Range(0, 2 + (i % 20)).Select(j => 10 + ((i + j) % 26))])];
        var (loss, hits, targets) = (0.0, 0, 0);
        foreach (int[] ids in sequences)
        {
            var batch = new TrainingBatch([new TrainingExample(ids)], 0);
            using var logits = model.Forward(model.BeginPass(computation, batch.Tokens), batch.Tokens);
            for (int i = 0; i + 1 < ids.Length; i++, targets++)
            {
                float[] row = logits.Row(i).ToArray();
                loss += Math.Log(row.Sum(value => Math.Exp(value))) - row[ids[i + 1]];
                hits += Array.IndexOf(row, row.Max()) == ids[i + 1] ? 1 : 0;
            }
        }

        var score = LanguageModelScorer.Run(backend, model, [.. sequences.Select(ids => new TrainingExample(ids) { TokenLabels = ids })]);

        Assert.Equal(targets, score.Targets);
        Assert.Equal(loss / targets, score.Loss, 1e-4);
        Assert.Equal((double)hits / targets, score.Accuracy);
        Assert.Equal(Math.Exp(score.Loss), score.Perplexity);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Training_learns_what_follows_what(bool isMasked)
    {
        using var backend = new CpuBackend(2);
        var objective = PretrainingObjective.All[isMasked ? 1 : 0];
        var tokenizer = new PlainTokenizer(isBert: isMasked);
        string[] documents = [.. Enumerable.Range(0, 120).Select(i => string.Concat(Enumerable.Range(i, 8).Select(j => (char)('a' + (j % 26)))))];
        var text = PretrainingText.Create(
            objective, tokenizer, documents, null, new PretrainingTextOptions { SequenceLength = 10, BatchSize = 10, ValidationShare = 0.1 });
        using var model = RandomInitialization.Create(isMasked ? Bert with { InitializerRange = 0.1 } : Llama with { InitializerRange = 0.1 }, 5);
        var before = LanguageModelScorer.Run(backend, model, text.Validation);
        using var trainer = new Trainer(backend, model, text.Training, new TrainerOptions { Epochs = 40, LearningRate = 0.01, WarmupSteps = 20 });

        trainer.Run();

        var after = LanguageModelScorer.Run(backend, model, text.Validation);
        Assert.InRange(before.Loss, 2.5, 4.5);
        Assert.True(after.Loss < before.Loss / 2, $"loss {after.Loss}");
        Assert.True(after.Accuracy > 0.5, $"accuracy {after.Accuracy}");
    }
}
