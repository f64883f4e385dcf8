using System.Text.Json;
using Sparsum.Evaluation.ZeroShot;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;
using Xunit.Abstractions;

namespace Sparsum.Evaluation.Tests.ZeroShot;

/// <summary>
/// The figures of lm-evaluation-harness 0.4.13 itself, document by document. All of them run with <c>SPARSUM_SLOW_TESTS=1</c>.
/// </summary>
public sealed class HarnessTests(ITestOutputHelper output)
{
    public static IEnumerable<object[]> All =>
        from model in new[] { "llama-3m", "opt-3m" }
        from task in ZeroShotTasks.All.Where(task => task.Name != "piqa")
        select new object[] { model, task.Name };

    [SharedTheory("oracle/zero-shot")]
    [MemberData(nameof(All))]
    public void The_first_documents_agree(string model, string task) => Compare(model, model, task, 6);

    [SlowSharedTheory("oracle/zero-shot")]
    [MemberData(nameof(All))]
    public void All_documents_agree(string model, string task) => Compare(model, model, task, null);

    [SlowSharedTheory("oracle/zero-shot")]
    [InlineData("rte")]
    [InlineData("winogrande")]
    [InlineData("boolq")]
    [InlineData("hellaswag")]
    [InlineData("arc_easy")]
    [InlineData("arc_challenge")]
    [InlineData("openbookqa")]
    [InlineData("lambada_openai")]
    public void SmolLM2_agrees(string task) => Compare("smollm2-135m", "smollm2-135m-gguf", task, 10);

    private void Compare(string oracle, string folder, string name, int? count)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(SharedFiles.Path("oracle", "zero-shot", $"{oracle}.json")));
        var expected = json.RootElement.GetProperty("tasks").GetProperty(name);
        var documents = expected.GetProperty("docs").EnumerateArray().Take(count ?? int.MaxValue).ToList();
        var data = ZeroShotData.Read(ZeroShotTasks.Find(name)!, SharedFiles.Path("data", "zero-shot"), 0, documents.Count - 1);
        Assert.Equal(
            expected.GetProperty("first_request").EnumerateArray().Select(request => (request[0].GetString(), request[1].GetString())),
            data.Documents[0].Requests.Select(request => ((string?)request.Context, (string?)request.Continuation)));

        using var model = PretrainedModel.Open(SharedFiles.Path("models", folder));
        using var backend = new CpuBackend();
        model.LoadPacked(backend, StorageType.Float32);
        var result = ZeroShotEvaluator.Measure(model.LanguageModel, model.Tokenizer, data, backend);

        double worst = 0;
        foreach (var (document, score) in documents.Zip(result.Documents))
        {
            double[] sums = [.. document.GetProperty("loglikelihoods").EnumerateArray().Select(value => value.GetDouble())];
            worst = Math.Max(worst, sums.Zip(score.LogLikelihoods, (a, b) => Math.Abs(a - b)).Max());
            Assert.Equal(sums.Length, score.LogLikelihoods.Count);
            Assert.Equal(document.GetProperty("acc").GetDouble() == 1, score.IsRight);
            Assert.Equal(document.TryGetProperty("acc_norm", out var normed) ? normed.GetDouble() == 1 : null, score.IsRightNormed);
        }

        output.WriteLine($"{oracle} {name}: {documents.Count} documents, largest difference {worst:E2}");
        Assert.True(worst < 1e-3, $"{worst}");
        if (count is null)
        {
            Assert.Equal(expected.GetProperty("metrics").GetProperty("acc").GetDouble(), result.Accuracy, 1e-12);
        }
    }
}
