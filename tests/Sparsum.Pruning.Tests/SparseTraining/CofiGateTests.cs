using System.Text.Json;
using Sparsum.Pruning.SparseTraining.Gates.Structure;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

/// <summary>CoFi's gates, sizes, Lagrangian and distillation losses against the authors' code.</summary>
public sealed class CofiGateTests
{
    [SharedTheory(CofiOracle.Part)]
    [InlineData("near_dense")]
    [InlineData("half")]
    [InlineData("sparse90")]
    [InlineData("at_start")]
    [InlineData("beyond_the_bounds")]
    public void Gates_sizes_and_masks(string name)
    {
        using var oracle = new CofiOracle("gates", name);
        using var pretrained = Model();
        var layout = new GateLayout(pretrained.Model, hasHidden: true);
        var size = new ExpectedSize(layout);
        double[] a = oracle.Gates("loga");
        double[] u = oracle.Gates("u");
        double[] coefficients = oracle.Gates("coef");

        AssertClose(oracle.Gates("open"), [.. a.Select(ExpectedSize.Distribution.Open)], 1e-6);
        AssertClose(oracle.Gates("z_train"), [.. a.Zip(u, ExpectedSize.Distribution.Gate)], 1e-6);
        AssertClose(oracle.Gates("grad_z_train"), [.. a.Select((value, i) => coefficients[i] * ExpectedSize.Distribution.Slope(value, u[i]))], 1e-5);
        AssertClose(oracle.Gates("constrained"), [.. a.Select(value => Math.Clamp(value, -ExpectedSize.Bound, ExpectedSize.Bound))], 1e-6);
        AssertClose(oracle.Gates("z_det"), size.Discrete(a), 1e-6);
        Assert.Equal(
            oracle.Json.GetProperty("model_size_deterministic").GetProperty("pruned_model_sparsity").GetDouble(), size.SparsityOf(size.Discrete(a)), 1e-12);
        Assert.Equal(
            oracle.Json.GetProperty("model_size_training_z").GetProperty("pruned_model_sparsity").GetDouble(),
            size.SparsityOf(oracle.Gates("z_train")),
            1e-12);
        foreach (bool hasHidden in new[] { true, false })
        {
            CheckLagrangian(oracle, new GateLayout(pretrained.Model, hasHidden), oracle.Gates("loga", hasHidden), hasHidden ? "with_hidden" : "without_hidden");
        }
    }

    [SharedFact(CofiOracle.Part)]
    public void Targets_and_constants()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(SharedFiles.Path(CofiOracle.Part, "gates", "schedule_and_constants.json")));
        foreach (var schedule in json.RootElement.GetProperty("target_sparsity").EnumerateArray())
        {
            var lagrangian = new Lagrangian(
                schedule.GetProperty("target").GetDouble(), schedule.GetProperty("start").GetDouble(), schedule.GetProperty("warmup_steps").GetInt32());
            AssertClose(Doubles(schedule, "values"), [.. Doubles(schedule, "steps").Select(step => lagrangian.TargetAt((int)step))], 1e-12);
        }

        var concrete = json.RootElement.GetProperty("hard_concrete");
        AssertClose(Doubles(concrete, "open_float64"), [.. Doubles(concrete, "loga").Select(ExpectedSize.Distribution.Open)], 1e-12);
    }

    [SharedTheory(CofiOracle.Part)]
    [InlineData("v3", LayerMatching.Free)]
    [InlineData("v4_all_layers_alive", LayerMatching.Ordered)]
    [InlineData("v4_all_layers_alive", LayerMatching.OrderedByRank)]
    [InlineData("v4_dead_layers", LayerMatching.OrderedByRank)]
    [InlineData("v4_dead_layers", LayerMatching.Ordered)]
    [InlineData("v4_runs_out", LayerMatching.OrderedByRank)]
    public void Distillation(string name, LayerMatching matching)
    {
        using var oracle = new CofiOracle("distillation", name);
        bool isOwn = name == "v4_dead_layers" && matching == LayerMatching.Ordered;
        float[] map = oracle.Values("layer_transformation.weight");
        float[] shift = oracle.Values("layer_transformation.bias");
        float[] students = oracle.Values("student_hidden");
        float[] teachers = oracle.Values("teacher_hidden");
        int size = students.Length / 13;
        float[][] carried = [.. Enumerable.Range(1, 12).Select(layer => Carry(students.AsSpan(layer * size, size), map, shift))];
        float[][] taught = [.. LayerAlignment.Teachers(12).Select(layer => teachers.AsSpan((layer + 1) * size, size).ToArray())];
        AssertClose(oracle.Values("mse"), [.. taught.SelectMany(teacher => carried.Select(student => DistillationLoss.Error(student, teacher)))], 5e-6);

        var loss = new DistillationLoss(new CofiOptions { LayerMatching = matching }, isRegression: false);
        double[]? alive = oracle.Has("head_layer_z") ? [.. oracle.Values("head_layer_z").Select(value => (double)value)] : null;
        var layers = loss.Layers(carried, taught, layer => alive is null || alive[layer] != 0, 1);
        var (onAnswers, answers) = loss.Answers(oracle.Values("student_logits"), oracle.Values("teacher_logits"), 2, 1);

        Assert.Equal(
            oracle.Json.GetProperty(isOwn ? "alignment_by_layer_index" : "alignment_of_the_code").EnumerateArray().Select(layer => layer.GetInt32()),
            layers.Select(layer => layer.Layer));
        double layerLoss = oracle.Json.GetProperty(isOwn ? "layer_loss_by_layer_index" : "layer_loss_float64").GetDouble();
        Assert.Equal(layerLoss, layers.Sum(layer => layer.Loss) / 0.9, 1e-6);
        Assert.Equal(oracle.Json.GetProperty("ce_loss_float64").GetDouble(), answers / 0.1, 1e-6);
        AssertClose(oracle.Values("grad_student_logits"), [.. onAnswers.Select(value => (double)value)], 1e-6);
        if (!isOwn)
        {
            AssertClose(oracle.Values("grad_student_hidden"), Back(layers, map, size), 1e-6);
        }
    }

    /// <summary>The gradient of the student's states behind the map.</summary>
    private static double[] Back(IReadOnlyList<(int Layer, float[] Gradient, double Loss)> layers, float[] map, int size)
    {
        double[] gradients = new double[13 * size];
        int width = (int)Math.Sqrt(map.Length);
        foreach (var (layer, gradient, _) in layers)
        {
            for (int i = 0; i < gradient.Length; i++)
            {
                for (int k = 0; k < width; k++)
                {
                    gradients[((layer + 1) * size) + (i / width * width) + k] += (double)gradient[i] * map[(i % width * width) + k];
                }
            }
        }

        return gradients;
    }

    private static float[] Carry(ReadOnlySpan<float> states, float[] map, float[] shift)
    {
        int width = shift.Length;
        float[] carried = new float[states.Length];
        for (int i = 0; i < carried.Length; i++)
        {
            double sum = shift[i % width];
            for (int k = 0; k < width; k++)
            {
                sum += (double)map[(i % width * width) + k] * states[(i / width * width) + k];
            }

            carried[i] = (float)sum;
        }

        return carried;
    }

    private static void CheckLagrangian(CofiOracle oracle, GateLayout layout, double[] a, string kind)
    {
        var size = new ExpectedSize(layout);
        var (sparsity, gradient) = size.Differentiate(a);
        double expected = oracle.Json.GetProperty($"expected_size_{kind}").GetDouble();
        Assert.Equal(1, (1 - size.Sparsity(a)) * layout.Size / expected, 1e-6);
        foreach (var (number, entry) in oracle.Json.GetProperty("lagrangian").EnumerateArray().Index())
        {
            var lagrangian = new Lagrangian(
                entry.GetProperty("target").GetDouble(), entry.GetProperty("start").GetDouble(), entry.GetProperty("warmup_steps").GetInt32())
            {
                Multipliers = [entry.GetProperty("lambda1").GetDouble(), entry.GetProperty("lambda2").GetDouble()],
            };
            var (value, slope, onMultipliers) = lagrangian.At(sparsity, entry.GetProperty("step").GetInt32());
            var own = entry.GetProperty(kind);
            Assert.Equal(own.GetProperty("lagrangian").GetDouble(), value, 2e-6);
            Assert.Equal(own.GetProperty("grad_lambda1").GetDouble(), onMultipliers[0], 1e-6);
            Assert.Equal(own.GetProperty("grad_lambda2").GetDouble(), onMultipliers[1], 1e-6);
            AssertClose(oracle.Gates($"grad_lag.{number}.{kind}", kind == "with_hidden"), [.. gradient.Select(g => slope * g)], 1e-6);
        }
    }

    private static PretrainedModel Model()
    {
        var pretrained = PretrainedModel.Open(SharedFiles.Path("oracle/structured", "model"));
        pretrained.LoadAll();
        return pretrained;
    }

    private static double[] Doubles(JsonElement entry, string name) => [.. entry.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    private static void AssertClose(float[] expected, double[] actual, double tolerance) => AssertClose([.. expected.Select(value => (double)value)], actual, tolerance);

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{i}: {expected[i]} expected, {actual[i]} found");
        }
    }
}
