using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.RandomModel;
using Sparsum.Tensors.Backends.Cpu;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

public sealed class BadInputTests
{
    public static TheoryData<string, string> Options => new()
    {
        { "option-out-of-range", "sparsity 1" },
        { "option-out-of-range", "sparsity -0.1" },
        { "option-out-of-range", "sparsity NaN" },
        { "option-out-of-range", "samples 0" },
        { "option-out-of-range", "length 0" },
        { "option-out-of-range", "shard 0" },
        { "option-out-of-range", "pattern 4:4" },
        { "unknown-method", "method best" },
        { "unknown-allocation", "allocation fair" },
        { "unknown-calibration-rule", "rule all" },
        { "missing-calibration", "no data" },
        { "missing-file", "no file" },
        { "unused-option", "data for nothing" },
        { "unused-option", "length of ids" },
        { "unused-option", "rule of ids" },
        { "calibration-too-short", "samples 4 of 3" },
        { "conflicting-options", "pattern of layer" },
        { "conflicting-options", "sparsegpt of layer" },
        { "conflicting-options", "dsnot of blocks" },
        { "option-out-of-range", "block rows 0" },
        { "option-out-of-range", "pattern over 40 rows" },
        { "unknown-refinement", "refinement best" },
        { "missing-calibration", "refinement without data" },
        { "invalid-setting", "slabs of 130" },
        { "invalid-setting", "damping 2" },
        { "invalid-setting", "cycles -1" },
        { "indivisible-columns", "pattern 2:5" },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void Options_out_of_range_are_refused_and_leave_nothing(string code, string what)
    {
        using var model = new TestModel();
        string[] before = Folders.Names(model.Root);

        var error = Assert.Throws<InvalidInputException>(() => Run(model, Change(model.Options, what)));

        Assert.Equal(code, error.Code);
        Assert.NotNull(error.Hint);
        Assert.Equal(before, Folders.Names(model.Root));
    }

    [Theory]
    [InlineData("magnitude")]
    [InlineData("wanda")]
    [InlineData("multiflow")]
    [InlineData("sparsegpt")]
    public void Weights_that_are_no_numbers_leave_nothing(string method)
    {
        using var model = new TestModel(new RandomLlama { Blocks = 3 });
        Corrupt(model.Input, 0x7FC0);
        string[] before = Folders.Names(model.Root);

        var error = Assert.ThrowsAny<SparsumException>(() => model.Prune(model.Options with { Method = Named.Method(method) }));

        Assert.Contains("layers.2", error.Message + error.Found + error.File, StringComparison.Ordinal);
        Assert.Equal(before, Folders.Names(model.Root));
    }

    [Fact]
    public void Activations_that_overflow_name_block_and_layer()
    {
        // Finite weights near the end of the range: the products are not.
        using var model = new TestModel(new RandomLlama { Blocks = 3 });
        Corrupt(model.Input, 0x7F7F);
        string[] before = Folders.Names(model.Root);

        var error = Assert.Throws<RunFailedException>(() => model.Prune());

        Assert.Equal("non-finite-activations", error.Code);
        Assert.Contains("block 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Folders.Names(model.Root));
    }

    /// <summary>Overwrites the up projection of block 2 with one bfloat16.</summary>
    private static void Corrupt(string folder, ushort value)
    {
        string file = Path.Combine(folder, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        long header = BitConverter.ToInt64(bytes);
        using var json = System.Text.Json.JsonDocument.Parse(bytes.AsMemory(8, (int)header));
        var offsets = json.RootElement.GetProperty("model.layers.2.mlp.up_proj.weight").GetProperty("data_offsets");
        for (int i = 8 + (int)header + offsets[0].GetInt32(); i < 8 + (int)header + offsets[1].GetInt32(); i += 2)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(i), value);
        }

        File.WriteAllBytes(file, bytes);
    }

    private static void Run(TestModel model, PruneOptions options)
    {
        using var backend = new CpuBackend(1);
        new BlockwisePruner(backend).Run(model.Input, model.Output, options);
    }

    private static PruneOptions Change(PruneOptions options, string what) => what switch
    {
        "sparsity 1" => options with { Sparsity = 1 },
        "sparsity -0.1" => options with { Sparsity = -0.1 },
        "sparsity NaN" => options with { Sparsity = double.NaN },
        "samples 0" => options with { Calibration = options.Calibration! with { Samples = 0 } },
        "length 0" => options with { Calibration = options.Calibration! with { SequenceLength = 0 } },
        "shard 0" => options with { ShardBytes = 0 },
        "pattern 4:4" => options with { Pattern = new NmPattern(4, 4) },
        "method best" => options with { Method = Named.Method("best") },
        "allocation fair" => options with { Allocation = Named.Allocation("fair") },
        "rule all" => options with { Calibration = options.Calibration! with { Rule = "all" } },
        "data for nothing" => options with { Method = new Magnitude() },
        "length of ids" => options with { Calibration = options.Calibration! with { SequenceLength = 8 } },
        "rule of ids" => options with { Calibration = options.Calibration! with { Rule = CalibrationRules.Stream } },
        "samples 4 of 3" => options with { Calibration = options.Calibration! with { Samples = 4 } },
        "no data" => options with { Calibration = null },
        "no file" => options with { Calibration = new CalibrationOptions { File = "/nowhere/data.txt" } },
        "pattern of layer" => options with { Pattern = new NmPattern(2, 4), Granularity = Granularity.Layer },
        "sparsegpt of layer" => options with { Method = Named.Method("sparsegpt"), Granularity = Granularity.Layer },
        "dsnot of blocks" => options with { Refinement = Named.Refinement("dsnot"), BlockRows = 4 },
        "block rows 0" => options with { BlockRows = 0 },
        "pattern over 40 rows" => options with { Method = Named.Method("sparsegpt"), BlockRows = 40, Pattern = new NmPattern(2, 4) },
        "refinement best" => options with { Refinement = Named.Refinement("best") },
        "refinement without data" => options with { Method = Named.Method("magnitude"), Refinement = Named.Refinement("dsnot"), Calibration = null },
        "slabs of 130" => (options with { Method = Named.Method("sparsegpt"), Pattern = new NmPattern(2, 4) }).Set("sparsegpt.block-size=130"),
        "damping 2" => (options with { Method = Named.Method("sparsegpt") }).Set("sparsegpt.damping=2"),
        "cycles -1" => (options with { Refinement = Named.Refinement("dsnot") }).Set("dsnot.cycles=-1"),
        "pattern 2:5" => options with { Pattern = new NmPattern(2, 5) },
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
    };
}
