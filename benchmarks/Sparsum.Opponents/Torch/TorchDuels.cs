using System.Globalization;
using Sparsum.Benchmarks;
using Sparsum.Benchmarks.Training;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Opponents.Torch;

/// <summary>
/// Training steps and beam search beside libtorch: the same weights and tokens in both, the first losses and the sequences compared without
/// dropout before anything is timed. libtorch's optimiser is the one that TorchSharp has.
/// </summary>
internal static class TorchDuels
{
    private const int Batch = 16;
    private const int Length = 128;
    private const int TargetLength = 64;

    /// <summary>A step of BERT-base's layers, ours also after half of the heads and neurons are gone.</summary>
    public static void Bert(CpuBackend backend, int layers, int rounds)
    {
        var (expected, actual) = Losses(backend, StepShape.Base(1, 0));
        CheckLosses("BERT", expected, actual);
        var shape = StepShape.Base(layers, 0.1);
        using var ours = new ModelStep(shape, backend);
        using var torch = Copy(ours, shape);
        using var half = new ModelStep(shape, backend);
        half.RemoveHalf();
        Race(
            FormattableString.Invariant($"Training step, {layers} layers of BERT-base, {shape.Batch} x {shape.Length}"),
            backend,
            rounds,
            () => torch.Step(),
            () => ours.Run(),
            new Contender("Sparsum, half of heads and neurons", () => half.Run()));
    }

    /// <summary>A step of T5-small's shape, and beam search with four beams.</summary>
    public static void T5(CpuBackend backend, int rounds)
    {
        var plain = Small(0);
        using (var ours = new PairStep(plain, backend, Batch, Length, TargetLength))
        using (var torch = new TorchT5(ours.Model, plain, ours.Ids, ours.Targets, Batch))
        {
            CheckLosses("T5", torch.Step(), ours.Run());
        }

        var config = Small(0.1);
        using (var ours = new PairStep(config, backend, Batch, Length, TargetLength))
        using (var torch = new TorchT5(ours.Model, config, ours.Ids, ours.Targets, Batch))
        {
            Race(FormattableString.Invariant($"Training step, T5-small, {Batch} x {Length} to {TargetLength}"), backend, rounds, () => torch.Step(), () => ours.Run());
        }

        Beams(backend, rounds);
    }

    private static void Beams(CpuBackend backend, int rounds)
    {
        const int Sources = 4, Beams = 4, NewTokens = 32;
        var config = Small(0);
        using var step = new PairStep(config, backend, Sources, Length, TargetLength);
        using var torch = new TorchT5(step.Model, config, step.Ids, step.Targets, Sources);
        foreach (var linear in step.Model.Linears)
        {
            linear.Pack(backend, StorageType.Float32, releaseWeight: false);
        }

        using var computation = new Computation(backend);
        var generator = new Generator(step.Model, computation);
        int[][] sources = [.. step.Ids.Chunk(Length)];
        var options = new GenerationOptions { NumBeams = Beams, MaxNewTokens = NewTokens, LengthPenalty = 0 };
        var expected = torch.Generate(Beams, NewTokens);
        var actual = generator.Generate(sources, options);
        if (!expected.Zip(actual).All(pair => pair.First.SequenceEqual(pair.Second.Select(token => (long)token))))
        {
            throw new InvalidOperationException("Beam search found other sequences than libtorch's.");
        }

        Race(
            FormattableString.Invariant($"Beam search, T5-small, {Sources} x {Length} tokens, {Beams} beams, {NewTokens} new tokens"),
            backend,
            rounds,
            () => torch.Generate(Beams, NewTokens),
            () => generator.Generate(sources, options));
    }

    private static T5Config Small(double dropout) => new()
    {
        Architectures = ["T5ForConditionalGeneration"],
        VocabSize = 32128,
        DModel = 512,
        DKv = 64,
        DFf = 2048,
        NumLayers = 6,
        NumHeads = 8,
        DropoutRate = dropout,
    };

    private static (double Expected, double Actual) Losses(CpuBackend backend, StepShape shape)
    {
        using var ours = new ModelStep(shape, backend);
        using var torch = Copy(ours, shape);
        return (torch.Step(), ours.Run());
    }

    private static TorchBert Copy(ModelStep step, StepShape shape) => new(step.Model, shape.Config, step.InputIds, shape.Batch, step.Labels);

    private static void CheckLosses(string name, double expected, double actual)
    {
        if (!(Math.Abs(expected - actual) <= 1e-4 * Math.Abs(expected)))
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{name}: the first loss is {actual}, libtorch's {expected}."));
        }
    }

    private static void Race(string title, CpuBackend backend, int rounds, Action torch, Action ours, params ReadOnlySpan<Contender> others) => Duel.Run(
        title,
        [(new Contender("libtorch 2.10", torch), 0), (new Contender("Sparsum", ours), 0), .. others.ToArray().Select(other => (other, 0))],
        rounds,
        1,
        backend.Threads == 1);
}
