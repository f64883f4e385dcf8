using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>Heads that classify: their labels, where they read, and how they begin.</summary>
public sealed class ClassificationTests : IDisposable
{
    private const int Pad = 1;

    private static readonly OptConfig Opt = (OptConfig)SmallModels.Of("opt") with { PadTokenId = Pad };

    private readonly TemporaryFolder folder = new();
    private readonly Computation computation = new(new ReferenceBackend());

    [Theory]
    [InlineData("BertForSequenceClassification", ModelTask.SequenceClassification)]
    [InlineData("BertForMaskedLM", ModelTask.MaskedLanguageModeling)]
    [InlineData("BertForPreTraining", ModelTask.MaskedLanguageModeling)]
    [InlineData("BertModel", ModelTask.SequenceClassification)]
    public void The_class_says_what_the_model_is_for(string className, ModelTask task) =>
        Assert.Equal(task, new BertArchitecture().TaskOf(SmallModels.Bert with { Architectures = [className] }));

    [Fact]
    public void Labels_are_read_from_either_direction_and_have_default_names()
    {
        Assert.Equal(["no", "yes"], LabelSet.Of(SmallModels.Bert with { Id2Label = new Dictionary<int, string> { [1] = "yes", [0] = "no" } }).Names);
        Assert.Equal(["no", "yes"], LabelSet.Of(SmallModels.Bert with { Label2Id = new Dictionary<string, int> { ["yes"] = 1, ["no"] = 0 } }).Names);
        Assert.Equal(["LABEL_0", "LABEL_1"], LabelSet.Of(SmallModels.Bert).Names);
        Assert.Equal(["LABEL_0", "LABEL_1", "LABEL_2"], LabelSet.Of(SmallModels.Bert with { NumLabels = 3 }).Names);
        Assert.Equal(1, new LabelSet(["no", "yes"]).Find("YES"));
        Assert.Null(new LabelSet(["no", "yes"]).Find("maybe"));
        var gap = SmallModels.Bert with { Id2Label = new Dictionary<int, string> { [1] = "yes", [2] = "no" } };
        Assert.Equal("invalid-config", Assert.Throws<InvalidInputException>(() => LabelSet.Of(gap)).Code);
    }

    [Theory]
    [InlineData(1, null, ProblemType.Regression)]
    [InlineData(3, null, ProblemType.SingleLabelClassification)]
    [InlineData(3, "regression", ProblemType.Regression)]
    [InlineData(1, "single_label_classification", ProblemType.SingleLabelClassification)]
    public void One_label_means_a_number_unless_the_configuration_says_otherwise(int labels, string? named, ProblemType expected)
    {
        using var model = new BertArchitecture().Create(SmallModels.Bert with { NumLabels = labels, ProblemType = named });
        Assert.Equal(expected, model.Classification!.Problem);
        Assert.Equal(labels, model.Classification.LabelCount);
    }

    [Fact]
    public void Problems_with_several_right_labels_are_refused() => Assert.Equal(
        "unsupported-config",
        Assert.Throws<InvalidInputException>(
            () => new BertArchitecture().Create(SmallModels.Bert with { ProblemType = "multi_label_classification" })).Code);

    [Theory]
    [InlineData(new[] { 5, 6, 7, Pad }, 2)]
    [InlineData(new[] { Pad, 5, 6, 7 }, 3)]
    [InlineData(new[] { 5, Pad, 6, Pad }, 2)]
    [InlineData(new[] { Pad, Pad, Pad, Pad }, 3)]
    public void A_decoder_classifies_by_its_last_token_that_is_no_padding(int[] ids, int last)
    {
        using var model = RandomInitialization.Create(Opt with { Architectures = ["OPTForSequenceClassification"], NumLabels = 3 }, 5);
        var batch = new TokenBatch([2, 3, 4, 5, .. ids], 2, [1, 1, 1, 1, .. ids.Select(id => id == Pad ? (byte)0 : (byte)1)]);

        using var logits = model.Forward(model.BeginPass(computation, batch), batch);

        using var hidden = model.ForwardHidden(model.BeginPass(computation, batch), batch);
        Assert.Equal([2, 3], logits.Shape.ToArray());
        Assert.Equal(8, hidden.Columns);
        var score = model.Classification!.Classifier;
        Assert.Null(score.Bias);
        Assert.Equal("score.weight", score.Weight.Name);
        AssertProduct(hidden.Row(3), score.Weight.Value, logits.Row(0));
        AssertProduct(hidden.Row(4 + last), score.Weight.Value, logits.Row(1));
    }

    [Fact]
    public void A_head_that_the_checkpoint_lacks_is_drawn_afresh_and_named()
    {
        var masked = SmallModels.Bert with { Architectures = ["BertForMaskedLM"] };
        SmallModels.Write(folder["masked"], masked, seed: 3);
        var options = new HeadOptions { Task = ModelTask.SequenceClassification, Labels = ["a", "b", "c"], Seed = 9 };

        using var tuned = PretrainedModel.Open(folder["masked"], options);
        using var again = PretrainedModel.Open(folder["masked"], options);
        using var other = PretrainedModel.Open(folder["masked"], options with { Seed = 10 });
        tuned.LoadAll();
        again.LoadAll();
        other.LoadAll();

        Assert.Equal(
            ["bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias"], tuned.FreshParameters);
        Assert.Empty(tuned.UnusedTensors);
        Assert.Equal(["a", "b", "c"], LabelSet.Of(tuned.ModelConfig).Names);
        var classifier = tuned.Model.Classification!.Classifier;
        Assert.Equal([3, 16], classifier.Weight.Shape.ToArray());
        Assert.All(classifier.Bias!.Value.ToArray(), value => Assert.Equal(0, value));
        Assert.Contains(classifier.Weight.Value.ToArray(), value => value != 0);
        Assert.Equal(classifier.Weight.Value.ToArray(), again.Model.Classification!.Classifier.Weight.Value.ToArray());
        Assert.NotEqual(classifier.Weight.Value.ToArray(), other.Model.Classification!.Classifier.Weight.Value.ToArray());
        using var source = RandomInitialization.Create(masked, 3);
        Assert.Equal(source.TokenEmbedding.Value.ToArray(), tuned.Model.TokenEmbedding.Value.ToArray());

        ModelWriter.Save(folder["tuned"], tuned.ModelConfig, tuned.Model);
        using var saved = PretrainedModel.Open(folder["tuned"]);
        Assert.Empty(saved.FreshParameters);
        Assert.Equal(["a", "b", "c"], LabelSet.Of(saved.ModelConfig).Names);
    }

    [Fact]
    public void A_head_that_should_be_there_is_missed()
    {
        SmallModels.Write(folder["model"], SmallModels.Bert with { Architectures = ["BertForMaskedLM"] });
        string config = folder["model/config.json"];
        File.WriteAllText(config, File.ReadAllText(config).Replace("BertForMaskedLM", "BertForSequenceClassification", StringComparison.Ordinal));
        var error = Assert.Throws<InvalidInputException>(() => PretrainedModel.Open(folder["model"]));
        Assert.Equal("missing-tensors", error.Code);
        Assert.Contains("classifier.weight", error.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void A_language_model_is_opened_as_a_classifier()
    {
        SmallModels.Write(folder["model"], Opt);
        using var opened = PretrainedModel.Open(folder["model"], new HeadOptions { Task = ModelTask.SequenceClassification });
        Assert.Equal(["score.weight"], opened.FreshParameters);
        Assert.Empty(opened.UnusedTensors);
        Assert.Equal("not-a-language-model", Assert.Throws<InvalidInputException>(() => opened.LanguageModel).Code);
    }

    [Fact]
    public void A_task_without_a_head_is_refused()
    {
        SmallModels.Write(folder["model"], SmallModels.Llama);
        var options = new HeadOptions { Task = ModelTask.SequenceClassification };
        var error = Assert.Throws<InvalidInputException>(() => PretrainedModel.Open(folder["model"], options));
        Assert.Equal("unsupported-task", error.Code);
        Assert.EndsWith("config.json", error.File, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        computation.Dispose();
        folder.Dispose();
    }

    private static void AssertProduct(ReadOnlySpan<float> state, Tensor weight, ReadOnlySpan<float> logits)
    {
        var expected = new float[weight.RowCount];
        for (int label = 0; label < expected.Length; label++)
        {
            double sum = 0;
            for (int i = 0; i < state.Length; i++)
            {
                sum += (double)state[i] * weight.Row(label)[i];
            }

            expected[label] = (float)sum;
        }

        Numbers.AssertClose(expected, logits, 1e-6, "logits");
    }
}
