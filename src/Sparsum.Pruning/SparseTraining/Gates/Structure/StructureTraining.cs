using Sparsum.Pruning.Measures;
using Sparsum.Training;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>
/// Trains gates of a model's structure with its weights (Xia et al. 2022): plain steps first, then gates that are drawn before each step, a
/// Lagrangian that moves them towards a sparsity, and in the end a model from which closed parts are gone and into which the others' gates are folded.
/// </summary>
internal sealed class StructureTraining : ISparsifier
{
    private readonly SparsifierContext context;
    private readonly CofiOptions options;
    private readonly GateLayout layout;
    private readonly ExpectedSize size;
    private readonly PrunableWeights tracked;
    private readonly Distillation? distillation;
    private readonly double[] logAlphas;
    private readonly AdamNumbers gateSteps;
    private readonly AdamNumbers multiplierSteps = new(2);
    private GatedWeights? placed;
    private double[] gates = [];
    private double[] noise = [];
    private double[] gradient = [];
    private double[] onMultipliers = [];
    private Lagrangian lagrangian;
    private int stepsBefore;
    private int warmupSteps;
    private IReadOnlyList<HeadHistory> heads = [];

    /// <summary>Prepares a run.</summary>
    /// <param name="context">The run.</param>
    /// <param name="options">The settings.</param>
    /// <param name="layout">The gates.</param>
    /// <param name="start">Their log-alphas before the first step.</param>
    public StructureTraining(SparsifierContext context, CofiOptions options, GateLayout layout, double[] start)
    {
        (this.context, this.options, this.layout, logAlphas) = (context, options, layout, start);
        size = new ExpectedSize(layout);
        gateSteps = new AdamNumbers(layout.Count);
        lagrangian = new Lagrangian(context.Targets.Sparsity!.Value, options.StartSparsity, 0, options.AbsoluteConstraint);
        tracked = PrunableWeights.Of(context.Model.Blocks, SparsityScope.Regularised);
        distillation = options.Teacher is null ? null : new Distillation(context, options) { IsAlive = IsAlive };
        Noise = Draw;
    }

    public required string Fingerprint { get; init; }

    /// <summary>The uniform numbers of a step.</summary>
    public Func<int, double[]> Noise { get; init; }

    /// <summary>The log-alphas as they are.</summary>
    public IReadOnlyList<double> LogAlphas => logAlphas;

    /// <summary>The Lagrangian with its multipliers.</summary>
    public Lagrangian Lagrangian => lagrangian;

    /// <summary>The value of the Lagrangian in the last step.</summary>
    public double LagrangianValue { get; private set; }

    public ITrainingLoss? Loss => distillation;

    public IReadOnlyList<HeadHistory> Heads => heads;

    public IReadOnlyDictionary<string, double> Strengths => new Dictionary<string, double>
    {
        ["expectedSparsity"] = size.Sparsity(logAlphas),
        ["lambda1"] = lagrangian.Multipliers[0],
        ["lambda2"] = lagrangian.Multipliers[1],
    };

    public void OnStart(Trainer trainer)
    {
        (stepsBefore, warmupSteps) = StructureSchedule.Of(options, context.Task, trainer);
        lagrangian = new Lagrangian(context.Targets.Sparsity!.Value, options.StartSparsity, warmupSteps, options.AbsoluteConstraint) { Multipliers = lagrangian.Multipliers };
        if (stepsBefore > 0)
        {
            trainer.RestartAt(stepsBefore);
        }

        placed = new GatedWeights(layout);
        foreach (var parameter in options.FreezeEmbeddings ? context.Model.EmbeddingParameters : [])
        {
            trainer.Optimizer.StateOf(parameter).IsFrozen = true;
        }
    }

    public bool IsSettled(Trainer trainer) => trainer.Optimizer.StepCount >= stepsBefore + warmupSteps
        && size.Sparsity(logAlphas) >= context.Targets.Sparsity!.Value - options.SparsityTolerance;

    public void BeforeStep(Trainer trainer)
    {
        int step = trainer.Optimizer.StepCount;
        distillation?.BeginAt(step < stepsBefore ? 0 : stepsBefore, step == stepsBefore && step > 0);
        distillation?.Begin();
        gates = [];
        if (step >= stepsBefore)
        {
            noise = Noise(step - stepsBefore);
            gates = [.. logAlphas.Zip(noise, ExpectedSize.Distribution.Gate)];
            placed!.Apply(gates);
            context.Model.TracksPadding = layout.HasHidden;
        }
    }

    public void AfterBackward(Trainer trainer)
    {
        if (gates.Length > 0)
        {
            double[] onGates = placed!.TakeGradients();
            placed.Restore();
            ForgetPadding();
            int step = trainer.Optimizer.StepCount - stepsBefore;
            var (sparsity, onSparsity) = size.Differentiate(logAlphas);
            (LagrangianValue, double slope, onMultipliers) = lagrangian.At(sparsity, step);
            gradient = [.. logAlphas.Select((a, i) => (onGates[i] * ExpectedSize.Distribution.Slope(a, noise[i])) + (slope * onSparsity[i]))];
        }

        trainer.Optimizer.OutsideSquares = distillation?.Squares ?? 0;
    }

    public void AfterStep(Trainer trainer, OptimizerStep step)
    {
        distillation?.Step(trainer, step, context.Backend);
        if (gates.Length > 0)
        {
            int number = step.Number - stepsBefore;
            gateSteps.Step(logAlphas, gradient, options.GateLearningRate, number);
            multiplierSteps.Step(lagrangian.Multipliers, onMultipliers, -options.GateLearningRate, number);
        }

        for (int i = 0; i < logAlphas.Length; i++)
        {
            logAlphas[i] = Math.Clamp(logAlphas[i], -ExpectedSize.Bound, ExpectedSize.Bound);
        }
    }

    public IDisposable? BeginEvaluation()
    {
        var measured = new GatedWeights(layout);
        measured.Apply(size.Discrete(logAlphas));
        return new Evaluation(measured);
    }

    public SparsifierResult Finish(Trainer trainer, CancellationToken cancellationToken = default)
    {
        var before = tracked.Measure();
        long nearZero = tracked.Measure(float.Epsilon).NearZero;
        heads = StructureCut.Apply(trainer, layout, size.Discrete(logAlphas));
        distillation?.Dispose();
        long removed = tracked.Removed + tracked.Measure(float.Epsilon).NearZero - before.Removed - nearZero;
        return new SparsifierResult(before, 0, 0, 0)
        {
            Sources = new SparsitySources(before.Removed, nearZero, removed, 0, tracked.Dense),
        };
    }

    public IReadOnlyDictionary<string, double[]> SaveState() => new Dictionary<string, double[]>
    {
        ["gates"] = logAlphas,
        ["gates.moments"] = gateSteps.Save(),
        ["multipliers"] = lagrangian.Multipliers,
        ["multipliers.moments"] = multiplierSteps.Save(),
        ["map"] = distillation?.Save() ?? [],
    };

    public void RestoreState(IReadOnlyDictionary<string, double[]> state)
    {
        if (state.TryGetValue("gates", out double[]? saved))
        {
            saved.CopyTo(logAlphas, 0);
            gateSteps.Restore(state["gates.moments"]);
            lagrangian.Multipliers = state["multipliers"];
            multiplierSteps.Restore(state["multipliers.moments"]);
            if (state.TryGetValue("map", out double[]? map))
            {
                distillation?.Restore(map);
            }
        }
    }

    private bool IsAlive(int block)
    {
        int module = layout.Modules.Index().First(place => place.Item.Block.Index == block).Index;
        return gates.Length == 0 || gates[layout.ModuleGates][module] != 0;
    }

    /// <summary>The padding token's row has no part in training.</summary>
    private void ForgetPadding()
    {
        context.Model.TracksPadding = false;
        if (layout.HasHidden && context.Model.PaddingToken is { } padding)
        {
            context.Model.TokenEmbedding.Gradient!.Row(padding).Clear();
        }
    }

    private double[] Draw(int step)
    {
        var random = new Pcg32(context.Seed, (ulong)step);
        return [.. logAlphas.Select(_ => HardConcrete.Edge + ((1 - (2 * HardConcrete.Edge)) * random.NextDouble()))];
    }

    private sealed class Evaluation(GatedWeights measured) : IDisposable
    {
        public void Dispose() => measured.Restore();
    }
}
