using Sparsum.Core;
using Sparsum.Evaluation.Tests.Fakes;
using Sparsum.Evaluation.ZeroShot;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Evaluation.Tests.ZeroShot;

public sealed class ZeroShotEvaluatorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_bigram_model_scores_what_its_table_says()
    {
        // P(b|a) = 1/4, P(a|b) = 1/8; other letters and spaces are id 5, P(5|.) as the rows are filled up.
        double[][] table =
        [
            [0.25, 0.5, 0.0625, 0.0625, 0.0625, 0.0625],
            [0.25, 0.25, 0.25, 0.125, 0.0625, 0.0625],
            [0.25, 0.125, 0.25, 0.125, 0.125, 0.125],
            [0.25, 0.25, 0.125, 0.125, 0.125, 0.125],
            [0.25, 0.25, 0.125, 0.125, 0.125, 0.125],
            [0.25, 0.5, 0.03125, 0.03125, 0.125, 0.0625],
        ];
        var data = Obqa("""{"question_stem": "ab ", "choices": {"text": ["a", "ba", "b"], "label": ["A", "B", "C"]}, "answerKey": "B"}""");
        using var backend = new CpuBackend();

        var result = ZeroShotEvaluator.Measure(FakeModels.Bigram(table), new LetterTokenizer(true), data, backend);

        // The space at the end of the stem goes to the choices, which have one of their own: P(5|b) P(5|5) = 2^-7, then P(a|5) = 1/2, P(b|5) = 2^-5.
        double[] bits = [3 + 4 + 1, 3 + 4 + 5 + 3, 3 + 4 + 5];
        var score = Assert.Single(result.Documents);
        for (int i = 0; i < bits.Length; i++)
        {
            Assert.Equal(-bits[i] * Math.Log(2), score.LogLikelihoods[i], 1e-5);
        }

        Assert.False(score.IsRight);
        Assert.True(score.IsRightNormed);
        Assert.Equal((0, 1, 0), (result.Accuracy, result.NormedAccuracy, result.Truncated));
        Assert.True(double.IsNaN(result.AccuracyError));
    }

    [Fact]
    public void Sharing_and_batching_change_no_bits_and_agree_with_whole_sequences()
    {
        var model = FakeModels.Decoder();
        foreach (var parameter in model.Parameters)
        {
            FakeModels.Load(parameter);
        }

        string[] stems = ["abcd", "abca", "bcda", "abcdabcdabcd", "a", "ab", "dcba", "aaaa"];
        var data = Obqa([.. stems.Select(stem =>
            $$"""{"question_stem": "{{stem}}", "choices": {"text": ["ab", "abcd", "dd"], "label": ["A", "B", "C"]}, "answerKey": "A"}""")]);
        using var one = new CpuBackend(1);
        using var two = new CpuBackend(2);

        double[][] alone = Measure(one, 1);
        Assert.Equal(alone, Measure(one, 8));
        Assert.Equal(alone, Measure(two, 3));
        using var computation = new Computation(one);
        foreach (var (index, document) in data.Documents.Index())
        {
            foreach (var (choice, request) in document.Requests.Index())
            {
                int[] ids = new LetterTokenizer(false).Encode(request.Context + request.Continuation);
                Assert.Equal(Whole(model, computation, ids, request.Context.Length), alone[index][choice], 2e-5);
            }
        }

        double[][] Measure(CpuBackend backend, int batchSize) =>
        [
            .. ZeroShotEvaluator.Measure(model, new LetterTokenizer(true), data, backend, batchSize).Documents
                .Select(document => document.LogLikelihoods.ToArray()),
        ];
    }

    [Fact]
    public void What_is_too_long_loses_its_start_and_is_counted()
    {
        var model = FakeModels.Decoder();
        foreach (var parameter in model.Parameters)
        {
            FakeModels.Load(parameter);
        }

        var data = Obqa(
            $$"""{"question_stem": "{{new string('a', 70)}}", "choices": {"text": ["ab", "d"], "label": ["A", "B"]}, "answerKey": "A"}""",
            $$"""{"question_stem": "a", "choices": {"text": ["ab", "{{new string('b', 63)}}"], "label": ["A", "B"]}, "answerKey": "A"}""");
        using var backend = new CpuBackend();
        var result = ZeroShotEvaluator.Measure(model, new LetterTokenizer(true), data, backend);
        Assert.Equal(1, result.Truncated);

        var tooLong = Obqa($$"""{"question_stem": "a", "choices": {"text": ["ab", "{{new string('b', 64)}}"], "label": ["A", "B"]}, "answerKey": "A"}""");
        Assert.Equal(
            "prompt-too-long",
            Assert.Throws<InvalidInputException>(() => ZeroShotEvaluator.Measure(model, new LetterTokenizer(true), tooLong, backend)).Code);
    }

    private static double Whole(CausalLanguageModel model, Computation computation, int[] ids, int first)
    {
        var batch = new Sparsum.Transformers.Layers.TokenBatch(ids, 1);
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        double sum = 0;
        for (int i = first; i < ids.Length; i++)
        {
            double[] row = [.. logits.Row(i - 1).ToArray().Select(value => (double)value)];
            sum += row[ids[i]] - Math.Log(row.Sum(Math.Exp));
        }

        return sum;
    }

    private ZeroShotData Obqa(params string[] rows)
    {
        Directory.CreateDirectory(folder["openbookqa"]);
        folder.Write("openbookqa/test.jsonl", string.Join('\n', rows));
        return ZeroShotData.Read(ZeroShotTasks.Find("obqa")!, folder.Root);
    }
}
