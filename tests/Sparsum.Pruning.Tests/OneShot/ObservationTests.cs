using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>A pass for the sake of inputs leaves out a block's last product; what it shows is the same to the bit.</summary>
public sealed class ObservationTests
{
    private const string Ids = """{ "input_ids": [[5, 60, 7, 8, 9], [12, 13, 14, 15, 16], [20, 21, 22, 23, 24]] }""";

    private const string Pairs =
        """{ "input_ids": [[5, 60, 7], [12, 13, 14]], "attention_mask": [[1, 1, 1], [1, 1, 1]], "decoder_input_ids": [[9, 31], [9, 33]], "decoder_attention_mask": [[1, 1], [1, 1]] }""";

    public static TheoryData<string> Wirings => ["pre-norm", "post-norm", "parallel with one norm", "parallel with two norms", "with cross-attention"];

    [Theory]
    [MemberData(nameof(Wirings))]
    public void Observing_shows_what_running_shows(string wiring)
    {
        using var model = Create(wiring);
        using var pretrained = PretrainedModel.Open(model.Input);
        pretrained.LoadAll();
        using var backend = new CpuBackend(1);
        var calibration = CalibrationLoader.Load(new CalibrationOptions { File = model.Ids }, pretrained);
        using var runner = new BlockRunner(pretrained.Model, backend, calibration, null);
        using var states = runner.CreateStates();
        runner.Embed(states, default);
        foreach (var block in pretrained.Model.Blocks)
        {
            using var observed = new InputObserver(backend);
            using var propagated = new InputObserver(backend);
            float[] before = states.All.ToArray();

            runner.Observe(block, states, observed, default);

            Assert.Equal(before, states.All.ToArray());
            runner.Propagate(block, states, default, propagated);
            foreach (var linear in block.Linears)
            {
                Assert.Equal(
                    propagated.StatisticsOf(linear, calibration.Samples).InputNorms.ToArray(),
                    observed.StatisticsOf(linear, calibration.Samples).InputNorms.ToArray());
            }
        }
    }

    private static TestModel Create(string wiring) => wiring switch
    {
        "pre-norm" => new(TinyConfigs.Llama with { NumHiddenLayers = 2 }, Ids),
        "post-norm" => new(TinyConfigs.Bert, Ids),
        "with cross-attention" => new(TinyConfigs.T5, Pairs),
        "parallel with one norm" => new(
            new PhiConfig { VocabSize = 256, HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 2, NumAttentionHeads = 4, PartialRotaryFactor = 0.5 }, Ids),
        _ => new(new GptNeoXConfig { VocabSize = 256, HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 2, NumAttentionHeads = 4, RotaryPct = 1 }, Ids),
    };
}
