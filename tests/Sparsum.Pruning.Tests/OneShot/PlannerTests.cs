using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation.NeuronAl;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>What a run takes, known before it starts.</summary>
public sealed class PlannerTests
{
    private const long Gigabyte = 1_000_000_000;

    /// <summary>A block of LLaMA 7B: four matrices of the attention, three of the MLP, two norms.</summary>
    private const long Block = 4 * ((4L * 4096 * 4096) + (3L * 4096 * 11008) + (2 * 4096));

    private static readonly CalibrationShape Data = new(128, 2048);

    [Fact]
    public void NeuronAl_holds_two_blocks_a_sparse_one_and_the_states_of_every_candidate()
    {
        using var model = new WideModel();
        long states = 8L * 2048 * 4096;

        long search = model.Estimate("neuronal").AllocationBytes;
        long half = model.Estimate("neuronal", ("neuronal.hidden-states", "bfloat16")).AllocationBytes;
        long few = model.Estimate("neuronal", ("neuronal.samples", "4")).AllocationBytes;

        // 15 candidates of the row step, and the one at work.
        long rest = search - (states * 4 * 16);
        Assert.InRange(rest, 27 * Block / 10, (27 * Block / 10) + Gigabyte);
        Assert.Equal(states * 2 * 15, search - half);
        Assert.Equal(states * 4 * 16 / 2, search - few);
    }

    [Fact]
    public void NeuronAl_counts_the_windows_whose_perplexity_it_reports()
    {
        using var model = new WideModel();
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text.txt"], new string('a', (5 * 2048) + 100));
        (string, string)[] Windows(int count) => [("neuronal.perplexity", folder["text.txt"]), ("neuronal.perplexity-windows", $"{count}")];
        const double Window = 2048;
        double pass = 2 * Window * (((4.0 * 4096 * 4096) + (3.0 * 4096 * 11008)) + (2048 * 4096));

        long all = model.Estimate("neuronal", Windows(0)).AllocationBytes;
        long five = model.Estimate("neuronal", Windows(5)).AllocationBytes;
        double work = model.Work("neuronal", Windows(5)) - model.Work("neuronal");

        // A token a byte, and one window more: 6 windows, each for 15 candidates and the one at work.
        Assert.Equal(model.Estimate("neuronal", Windows(100)).AllocationBytes, all);
        Assert.Equal(2048L * 4096 * 4 * 16, all - five);
        Assert.Equal(29 * 5 * ((2 * pass) + (2 * Window * 64 * 4096)), work, work * 1e-12);
    }

    [Fact]
    public void Hessians_are_counted_once_for_each_input()
    {
        using var model = new WideModel();

        long bytes = model.Estimate("uniform", method: "sparsegpt").HessianBytes;

        long square = 8L * 4096 * 4096;
        Assert.InRange(bytes, (3 * square) + (8L * 11008 * 11008), (3 * square) + (3 * 8L * 11008 * 11008));
        Assert.Equal(0, model.Estimate("uniform").HessianBytes);
    }

    [Fact]
    public void The_work_of_a_search_is_two_passes_for_each_candidate()
    {
        using var model = new WideModel();
        double tokens = 8 * 2048;
        double matrices = (4.0 * 4096 * 4096) + (3.0 * 4096 * 11008);
        double contraction = 4096.0 * 11008;
        double attention = tokens * 2 * 2048 * 4096;
        double pass = (2 * tokens * matrices) + attention;
        double shortPass = pass - (2 * tokens * contraction);

        // Two blocks, 14 and 15 candidates: the first block's dense pass is common, and the last block's pruned pass needs no result.
        double expected = (2 * shortPass) + (29 * pass) + (29 * shortPass) + (29 * shortPass);

        Assert.Equal(expected, model.Work("neuronal") - model.Work("uniform"), expected * 1e-12);
    }

    [Fact]
    public void Besa_holds_four_blocks_what_it_learns_and_the_states_twice()
    {
        using var model = new WideModel();
        const long Weights = 4 * ((4L * 4096 * 4096) + (3L * 4096 * 11008));
        const long Rows = (5 * 4096) + (2 * 11008);
        const long Learned = 101 * 4 * 6;
        long states = 128L * 2048 * 4096 * 4;

        long byRow = model.Estimate("besa").AllocationBytes;
        long exact = model.Estimate("besa", ("besa.exact", "true")).AllocationBytes;
        long byMatrix = model.Estimate("besa", ("besa.granularity", "layer")).AllocationBytes;

        Assert.Equal(Weights, exact - byRow);
        Assert.Equal((Rows - 7) * Learned, byRow - byMatrix);

        // What is left are the activations of one sequence, with gradients, and the sums of a matrix.
        Assert.InRange(byRow - (2 * states) - Block - (3 * Weights) - (Rows * Learned), Gigabyte, 2 * Gigabyte);
    }

    [Fact]
    public void The_work_of_learning_is_three_passes_a_sequence_and_two_more()
    {
        using var model = new WideModel();
        double tokens = 128 * 2048;
        double pass = (2 * tokens * ((4.0 * 4096 * 4096) + (3.0 * 4096 * 11008))) + (tokens * 2 * 2048 * 4096);
        double entering = 2 * tokens * 3 * 4096 * 4096;
        double last = 2 * tokens * 4096 * 11008;

        // Two blocks: the dense pass of each, the masked one of the first. A reference that is the dense model is one more, without its end.
        double expected = (2 * ((3 * pass) - entering)) + (2 * pass) + pass;

        Assert.Equal(expected, model.Work("besa") - model.Work("uniform"), expected * 1e-12);
        Assert.Equal(2 * (pass - last), model.Work("besa", ("besa.reference", "dense")) - model.Work("besa"), expected * 1e-12);
        Assert.Equal(2 * ((3 * pass) - entering), model.Work("besa", ("besa.epochs", "2")) - model.Work("besa"), expected * 1e-12);
    }

    [Fact]
    public void Dsa_needs_no_more_than_pruning_unless_it_searches()
    {
        using var model = new WideModel();
        (string, string)[] search = [("dsa.search", "true"), ("dsa.fitness", "text.txt"), ("dsa.windows", "8")];
        long window = 2048L * 4096 * 4;
        var given = model.Estimate("dsa", ("dsa.search", "false"));

        long wanda = model.Estimate("dsa", search).AllocationBytes;
        long fewer = model.Estimate("dsa", [.. search[..2], ("dsa.windows", "5")]).AllocationBytes;
        long magnitude = model.Estimate("dsa", "magnitude", search).AllocationBytes;

        Assert.Equal((0, model.Estimate("uniform").PeakBytes), (given.AllocationBytes, given.PeakBytes));
        Assert.Equal(3 * window, wanda - fewer);
        Assert.Equal(given.HiddenStateBytes + given.ActivationBytes, wanda - magnitude);
        Assert.Equal((8 * window) + given.ActivationBytes + given.BlockBytes + (given.BlockBytes / 10 * 7) + given.TensorBytes, magnitude);
    }

    [Fact]
    public void The_work_of_a_dsa_search_is_the_budget_s()
    {
        using var model = new WideModel();
        double tokens = 128 * 2048;
        double windows = 16 * 2048;
        double matrices = (4.0 * 4096 * 4096) + (3.0 * 4096 * 11008);
        double perToken = (2 * matrices) + (2 * 2048 * 4096);
        double last = 2.0 * 4096 * 11008;
        double given = 2 * tokens * perToken;

        // Two blocks for the windows, with the head after them, and two passes of each block for calibration.
        double measurement = (2 * windows * perToken) + (2 * windows * 64 * 4096) + (2 * tokens * ((2 * perToken) - last));

        Assert.Equal(given, model.Work("dsa", ("dsa.search", "false")) - model.Work("uniform"), given * 1e-12);
        Assert.Equal(
            7 * measurement,
            model.Work("dsa", ("dsa.search", "true"), ("dsa.fitness", "text.txt"), ("dsa.budget", "7")) - model.Work("dsa", ("dsa.search", "false")),
            7 * measurement * 1e-12);
    }

    [Theory]
    [InlineData("besa", "besa.exact=true", "`besa.exact=false` (", "`besa.exact=false` `besa.granularity=layer` (")]
    [InlineData("besa", "besa.epochs=1", "`besa.granularity=layer` (", "`samples 64` (")]
    [InlineData("dsa", "dsa.windows=512", "`dsa.windows=256` (", "`dsa.search=false` (")]
    public void What_is_lighter_is_named(string allocation, string setting, params string[] expected)
    {
        using var model = new WideModel();
        var settings = new List<(string, string)> { (setting.Split('=')[0], setting.Split('=')[1]) };
        if (allocation == "dsa")
        {
            settings.AddRange([("dsa.search", "true"), ("dsa.fitness", "text.txt")]);
        }

        long needed = model.Estimate(allocation, [.. settings]).PeakBytes;

        Assert.Equal(needed, model.Require(allocation, needed, [.. settings]).PeakBytes);
        var error = Assert.Throws<InvalidInputException>(() => model.Require(allocation, needed - 1, [.. settings]));

        Assert.Equal("too-little-memory", error.Code);
        Assert.StartsWith($"This would fit: {expected[0]}", error.Hint, StringComparison.Ordinal);
        Assert.Contains(expected[1], error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_does_not_fit_is_refused_with_what_would()
    {
        using var model = new TestModel();
        string[] before = Folders.Names(model.Root);
        var options = model.Options with { Allocation = new NeuronAlAllocation(new NeuronAlOptions { Samples = 3 }) };
        long needed = 0;
        model.Prune(options with { Allocation = Named.Allocation("uniform") }, output: model.At("other"));
        Directory.Delete(model.At("other"), recursive: true);
        Run(long.MaxValue, plan => needed = plan.Memory.PeakBytes);
        Directory.Delete(model.Output, recursive: true);

        var error = Assert.Throws<InvalidInputException>(() => Run(needed - 1, null));

        Assert.Equal(("too-little-memory", "max-memory"), (error.Code, error.Option));
        Assert.StartsWith("This would fit: `neuronal.hidden-states=bfloat16` (", error.Hint, StringComparison.Ordinal);
        Assert.Contains("neuronal.samples=1", error.Hint, StringComparison.Ordinal);
        Assert.Equal(before, Folders.Names(model.Root));
        Run(needed, null);

        void Run(long limit, Action<RunPlan>? planned)
        {
            using var backend = new Sparsum.Tensors.Backends.Cpu.CpuBackend(1);
            new BlockwisePruner(backend) { MaxMemoryBytes = limit, Planned = planned }.Run(model.Input, model.Output, options);
        }
    }

    [Fact]
    public void What_the_machine_has_is_asked_for()
    {
        Assert.Equal(123_000L * 1024, MachineMemory.ParseAvailable(["MemTotal: 5 kB", "MemAvailable:   123000 kB"]));
        Assert.Null(MachineMemory.ParseAvailable(["MemFree: 5 kB"]));
        Assert.True(MachineMemory.Available() > 0);
    }

    /// <summary>Two blocks of LLaMA 7B's width, as names and shapes alone: the file is a hole.</summary>
    private sealed class WideModel : IDisposable
    {
        private readonly TemporaryFolder folder = new();
        private readonly PretrainedModel pretrained;

        public WideModel()
        {
            folder.Write(
                "config.json",
                """
                { "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_act": "silu", "rms_norm_eps": 1e-5, "hidden_size": 4096, "intermediate_size": 11008,
                  "num_attention_heads": 32, "num_hidden_layers": 2, "vocab_size": 64, "max_position_embeddings": 2048 }
                """);
            WriteShapes(folder["model.safetensors"]);
            pretrained = PretrainedModel.Open(folder.Root);
        }

        public MemoryEstimate Estimate(string allocation, params (string Name, string Value)[] settings) =>
            Estimate(allocation, "wanda", settings);

        public MemoryEstimate Estimate(string allocation, string method, params (string Name, string Value)[] settings) =>
            Plan(Options(allocation, method, settings)).Memory;

        public double Work(string allocation, params (string Name, string Value)[] settings) =>
            Plan(Options(allocation, "wanda", settings)).FloatingPointOperations;

        public MemoryEstimate Require(string allocation, long most, params (string Name, string Value)[] settings)
        {
            var options = Options(allocation, "wanda", settings);
            return MemoryGuard.Require(pretrained, options.Allocation, PruneTask.Of(options), Data, most).Memory;
        }

        private RunPlan Plan(PruneOptions options) => RunPlan.For(pretrained, options.Allocation, PruneTask.Of(options), Data);

        public void Dispose()
        {
            pretrained.Dispose();
            folder.Dispose();
        }

        private static void WriteShapes(string path)
        {
            var header = new JsonObject();
            long end = 0;
            Add("model.embed_tokens", 64, 4096);
            Add("lm_head", 64, 4096);
            Add("model.norm", 4096);
            foreach (string block in (string[])["model.layers.0", "model.layers.1"])
            {
                Add($"{block}.input_layernorm", 4096);
                Add($"{block}.post_attention_layernorm", 4096);
                foreach (string name in (string[])["q_proj", "k_proj", "v_proj", "o_proj"])
                {
                    Add($"{block}.self_attn.{name}", 4096, 4096);
                }

                Add($"{block}.mlp.gate_proj", 11008, 4096);
                Add($"{block}.mlp.up_proj", 11008, 4096);
                Add($"{block}.mlp.down_proj", 4096, 11008);
            }

            byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
            using var stream = File.Create(path);
            stream.Write(BitConverter.GetBytes((long)json.Length));
            stream.Write(json);
            stream.SetLength(stream.Position + end);

            void Add(string name, params int[] shape)
            {
                long start = end;
                end += 2 * shape.Aggregate(1L, (product, size) => product * size);
                header[$"{name}.weight"] = new JsonObject
                {
                    ["dtype"] = "BF16",
                    ["shape"] = new JsonArray([.. shape.Select(size => JsonValue.Create(size))]),
                    ["data_offsets"] = new JsonArray(start, end),
                };
            }
        }

        private static PruneOptions Options(string allocation, string method, params (string Name, string Value)[] settings) => new PruneOptions
        {
            Method = Named.Method(method),
            Allocation = Named.Allocation(allocation),
            Sparsity = 0.7,
            Calibration = new CalibrationOptions { File = "" },
        }.Set(settings.Select(setting => $"{setting.Name}={setting.Value}"));
    }
}
