using System.Text.Json;
using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>
/// Every family against the outputs, gradients and greedy texts that the reference stack computed, within ten times the noise of its own
/// float32.
/// </summary>
public class FamilyOracleTests
{
    private const string Part = "oracle/families";

    private static readonly string[] Decoders =
    [
        "llama_linear", "llama_dynamic", "llama_yarn", "smollm3", "olmo2", "gemma2", "gemma3_text", "phi3", "phi3_longrope", "falcon_new",
        "bloom", "gptj", "mixtral", "qwen2_moe", "qwen3_moe",
    ];

    private static readonly string[] Encoders = ["roberta_cls", "roberta_mlm", "distilbert_cls", "electra_cls", "modernbert_cls", "deberta_v2_cls"];

    private static readonly string[] Pairs = ["bart", "marian"];

    public static TheoryData<string> WriterNames() => new([.. Decoders, .. Pairs]);

    public static TheoryData<string> Names() => new([.. Decoders, .. Encoders, .. Pairs]);

    [SharedTheory(Part)]
    [MemberData(nameof(Names))]
    public void Outputs_loss_and_gradients_are_those_of_the_reference(string name)
    {
        using var oracle = Open(name);
        foreach (string backendName in new[] { "cpu", "reference" })
        {
            Compare(oracle, name, backendName);
        }

        Assert.Empty(oracle.Pretrained.UnusedTensors);
        Assert.Empty(oracle.Pretrained.FreshParameters);
    }

    [SharedTheory(Part)]
    [MemberData(nameof(Names))]
    public void A_packed_model_computes_the_same(string name)
    {
        using var oracle = Open(name);
        using var backend = OracleModel.CreateBackend("cpu");
        using var computation = new Computation(backend);
        oracle.Pretrained.LoadPacked(backend, StorageType.Float32);
        var (model, batch) = (oracle.Pretrained.Model, Batch(oracle));
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        Numbers.AssertClose(oracle.Values("logits"), logits.Span, 10 * Noise(name, "logits_max_abs"), "logits");
    }

    [SharedTheory(Part)]
    [MemberData(nameof(WriterNames))]
    public void Greedy_texts_are_those_of_the_reference_with_the_cache_and_without(string name)
    {
        using var oracle = Open(name);
        using var backend = OracleModel.CreateBackend("cpu");
        using var computation = new Computation(backend);
        oracle.Pretrained.LoadAll();
        var reference = Json(name).GetProperty("generation");
        int[][] masks = Rows(reference.GetProperty("attention_mask"));
        int[][] prompts = [.. Rows(reference.GetProperty("input_ids")).Select((row, i) => row.Where((_, j) => masks[i][j] != 0).ToArray())];
        foreach (bool useCache in new[] { true, false })
        {
            // With a frequency for each length, keys in the cache keep the rotation they got, and others have another.
            if (!useCache && name == "llama_dynamic")
            {
                continue;
            }

            var options = new GenerationOptions
            {
                MaxNewTokens = reference.GetProperty("max_new_tokens").GetInt32(),
                EndIds = [],
                PadId = reference.GetProperty("pad_token_id").GetInt32(),
                UseCache = useCache,
            };
            var texts = new Generator(oracle.Pretrained.GenerativeModel, computation).Generate(prompts, options);
            Assert.Equal(Rows(reference.GetProperty("new_tokens")), texts);
        }
    }

    [SharedTheory(Part)]
    [MemberData(nameof(Names))]
    public void A_saved_model_has_the_tensors_that_it_came_with(string name)
    {
        using var folder = new TemporaryFolder();
        using var oracle = Open(name);
        oracle.Pretrained.LoadAll();
        ModelWriter.Save(folder.Root, oracle.Pretrained.Architecture, oracle.Pretrained.ModelConfig, oracle.Pretrained.Model);
        using var before = Checkpoint.Open(SharedFiles.Path(Part, name, "model.safetensors"));
        using var after = Checkpoint.Open(Path.Combine(folder.Root, "model.safetensors"));
        Assert.Equal(before.Tensors.Keys.Order(StringComparer.Ordinal), after.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.All(before.Tensors.Keys, tensor =>
        {
            Assert.Equal(before.Tensors[tensor].Shape, after.Tensors[tensor].Shape);
            Assert.Equal(OracleModel.Read(before, tensor), OracleModel.Read(after, tensor));
        });
        using var reopened = PretrainedModel.Open(folder.Root);
        Assert.Empty(reopened.UnusedTensors);
    }

    private static OracleModel Open(string name)
    {
        string folder = SharedFiles.Path(Part, name);
        return new OracleModel(folder, folder);
    }

    private static JsonElement Json(string name) =>
        JsonDocument.Parse(File.ReadAllText(SharedFiles.Path(Part, name, "reference.json"))).RootElement;

    private static double Noise(string name, string key) => Json(name).GetProperty("float32_noise").GetProperty(key).GetDouble();

    private static TokenBatch Batch(OracleModel oracle)
    {
        var batch = oracle.Batch();
        return oracle.Pretrained.Model is EncoderDecoderModel pair
            ? new TokenBatch(batch.InputIds, batch.Batch, batch.AttentionMask) { Target = pair.ShiftRight(oracle.Ids("labels"), batch.Batch) }
            : batch;
    }

    private static void Compare(OracleModel oracle, string name, string backendName)
    {
        using var backend = OracleModel.CreateBackend(backendName);
        using var computation = new Computation(backend);
        oracle.Pretrained.LoadAll();
        var model = oracle.Pretrained.Model;
        var parameters = model.Parameters.ToList();
        parameters.ForEach(parameter => parameter.EnableGradient());
        using var tape = computation.Record();
        tape.Watch(parameters);
        var batch = Batch(oracle);
        double noise = 10 * Noise(name, "logits_max_abs");
        int seen = 0;
        using var logits = model.Forward(model.BeginPass(computation, batch), batch, (index, hidden) =>
        {
            // The noise was measured on logits; hidden states have a scale of their own.
            string state = model.HiddenStateName(index);
            float[] expected = oracle.Values(state);
            if (name.StartsWith("deberta", StringComparison.Ordinal))
            {
                // There padding attends too, and nothing reads what it computes.
                ClearPadding(batch, expected, hidden);
            }

            double scale = Math.Max(1, expected.Max(Math.Abs) / oracle.Values("logits").Max(Math.Abs));
            Numbers.AssertClose(expected, hidden.Span, Math.Max(2e-6, noise) * scale, $"{state}, {backendName}");
            seen++;
        });
        Assert.Equal(model.Blocks.Count + (model is EncoderDecoderModel ? 2 : 1), seen);
        Numbers.AssertClose(oracle.Values("logits"), logits.Span, noise, $"logits, {backendName}");
        double loss = computation.CrossEntropy(logits, Targets(model, oracle.Ids("labels"), batch));
        Assert.Equal(oracle.Values("loss")[0], loss, Math.Max(2e-6, 10 * Noise(name, "loss_abs")));
        tape.Backward();
        CompareGradients(oracle, name, parameters, backendName);
    }

    private static void ClearPadding(TokenBatch batch, float[] expected, Tensor hidden)
    {
        for (int row = 0; row < hidden.RowCount; row++)
        {
            if (batch.AttentionMask![row] == 0)
            {
                hidden.Row(row).CopyTo(expected.AsSpan(row * hidden.Columns));
            }
        }
    }

    private static void CompareGradients(OracleModel oracle, string name, List<Parameter> parameters, string backendName)
    {
        double noise = Math.Max(1e-6, 10 * Noise(name, "grad_max_abs"));
        using var expected = Checkpoint.Open(SharedFiles.Path(Part, name, "grads.safetensors"));

        // Of buffers, which are never trained, the file has the values.
        string[] buffers = [.. parameters.Where(parameter => parameter.IsBuffer).Select(oracle.Pretrained.StoredName)];
        string[] stored = [.. parameters.Select(oracle.Pretrained.StoredName).Distinct().Except(buffers).Order(StringComparer.Ordinal)];
        Assert.Equal(expected.Tensors.Keys.Except(buffers).Order(StringComparer.Ordinal), stored);
        foreach (string tensor in stored)
        {
            using var gradient = oracle.Pretrained.GatherGradient(tensor);
            Assert.Equal(expected.Tensors[tensor].Shape, gradient.Shape.ToArray());
            Numbers.AssertClose(OracleModel.Read(expected, tensor), gradient.Span, noise, $"{tensor}, {backendName}");
        }
    }

    /// <summary>A decoder says the token after each; every other head says what stands at its place.</summary>
    private static int[] Targets(TransformerModel model, int[] labels, TokenBatch batch) => model is CausalLanguageModel
        ? [.. labels.Select((_, i) => i % batch.Length == batch.Length - 1 ? -100 : labels[i + 1])]
        : labels;

    private static int[][] Rows(JsonElement rows) =>
        [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray())];
}
