using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Measures;
using Sparsum.Training;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Gates;

/// <summary>
/// Trains gates of heads with the weights: they are drawn before each step, put into the output projections for forward and backward, and
/// stepped by Adam with the bias correction in the step size, clipped together with the weights. In the end heads whose gate is closed are cut
/// out, and the gates of the others go into the weights.
/// </summary>
internal sealed class GatedTraining : ISparsifier
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double AdamEpsilon = 1e-8;
    private readonly SparsifierContext context;
    private readonly IReadOnlyList<AttentionPlace> places;
    private readonly IHeadGateRule rule;
    private readonly PrunableWeights tracked;
    private double[] parameters;
    private double[] first;
    private double[] second;
    private HeadGates? placed;
    private double[] gates = [];
    private double[] noise = [];
    private double[] gradient = [];
    private IReadOnlyList<HeadHistory> heads = [];

    /// <summary>Prepares a run.</summary>
    /// <param name="context">The run.</param>
    /// <param name="rule">What gates follow from.</param>
    /// <param name="start">The learned numbers before the first step, one for each head.</param>
    public GatedTraining(SparsifierContext context, IHeadGateRule rule, double[] start)
    {
        (this.context, this.rule) = (context, rule);
        places = AttentionPlace.Of(context.Model);
        tracked = PrunableWeights.Of(context.Model.Blocks, SparsityScope.Regularised);
        (parameters, first, second) = (start, new double[start.Length], new double[start.Length]);
        Noise = Draw;
    }

    public required string Fingerprint { get; init; }

    /// <summary>The uniform numbers of a step.</summary>
    public Func<int, double[]> Noise { get; init; }

    /// <summary>Called before the first step of a session.</summary>
    public Action<Trainer>? Starting { get; init; }

    /// <summary>The learned numbers as they are.</summary>
    public IReadOnlyList<double> Parameters => parameters;

    public IReadOnlyList<HeadHistory> Heads => heads;

    public IReadOnlyDictionary<string, double> Strengths => new Dictionary<string, double> { ["openHeads"] = rule.Final(parameters).Count(gate => gate > 0) };

    public void OnStart(Trainer trainer) => Starting?.Invoke(trainer);

    public void BeforeStep(Trainer trainer)
    {
        int step = trainer.Optimizer.StepCount;
        noise = Noise(step);
        gates = rule.Gates(parameters, noise, step);
        placed = Place(gates);
    }

    public void AfterBackward(Trainer trainer)
    {
        double[] onGates = [.. placed!.Gradients([.. placed.Modules.Select(module => module.Output.Weight.Gradient!)]).SelectMany(module => module)];
        foreach (var (module, own) in placed.Modules.Zip(Split(gates)))
        {
            var weightGradient = module.Output.Weight.Gradient!;
            for (int row = 0; row < weightGradient.RowCount; row++)
            {
                for (int column = 0; column < weightGradient.Columns; column++)
                {
                    weightGradient.Row(row)[column] *= (float)own[column / module.HeadSize];
                }
            }
        }

        TakeAway();
        gradient = rule.Gradient(parameters, noise, trainer.Optimizer.StepCount, onGates);
        trainer.Optimizer.OutsideSquares = gradient.Sum(value => value * value);
    }

    public void AfterStep(Trainer trainer, OptimizerStep step)
    {
        double rate = rule.LearningRate * step.LearningRate / trainer.Options.LearningRate;
        double size = rate * Math.Sqrt(1 - Math.Pow(Beta2, step.Number)) / (1 - Math.Pow(Beta1, step.Number));
        for (int i = 0; i < parameters.Length; i++)
        {
            double own = gradient[i] * step.GradientScale;
            first[i] = (Beta1 * first[i]) + ((1 - Beta1) * own);
            second[i] = (Beta2 * second[i]) + ((1 - Beta2) * own * own);
            parameters[i] -= size * first[i] / (Math.Sqrt(second[i]) + AdamEpsilon);
        }
    }

    public IDisposable BeginEvaluation() => new Evaluation(this);

    public SparsifierResult Finish(Trainer trainer, CancellationToken cancellationToken = default)
    {
        var before = tracked.Measure();
        var final = Split(rule.Final(parameters)).ToList();
        var numbers = Split(parameters).ToList();
        using (Place([.. final.SelectMany(module => module)]))
        {
            placed = null;
        }

        heads = [.. places.Zip(final.Zip(numbers, Closed), (place, closed) => HeadCut.Apply(trainer, place, closed))];
        return new SparsifierResult(before, 0, 0, 0)
        {
            Sources = new SparsitySources(before.Removed, 0, tracked.Removed - before.Removed, 0, tracked.Dense),
        };
    }

    public IReadOnlyDictionary<string, double[]> SaveState() => new Dictionary<string, double[]>
    {
        ["gates"] = parameters,
        ["gates.first"] = first,
        ["gates.second"] = second,
    };

    public void RestoreState(IReadOnlyDictionary<string, double[]> state)
    {
        if (state.TryGetValue("gates", out double[]? saved))
        {
            (parameters, first, second) = (saved, state["gates.first"], state["gates.second"]);
        }
    }

    /// <summary>
    /// The heads of a module that can be cut out. Where all are closed the one with the largest number stays, with an output of zero as its gate
    /// has it: the model goes on computing what the masked one did.
    /// </summary>
    private static int[] Closed(double[] gates, double[] numbers)
    {
        int spared = gates.All(gate => gate == 0) ? numbers.Index().MaxBy(number => number.Item).Index : -1;
        return [.. Enumerable.Range(0, gates.Length).Where(head => gates[head] == 0 && head != spared)];
    }

    private HeadGates Place(double[] values)
    {
        placed = new HeadGates([.. places.Select(place => place.Attention)]);
        placed.Apply([.. Split(values)]);
        return placed;
    }

    private void TakeAway()
    {
        placed!.Restore();
        placed.Dispose();
        placed = null;
    }

    private IEnumerable<double[]> Split(double[] values)
    {
        int start = 0;
        foreach (var place in places)
        {
            yield return values[start..(start += place.Attention.HeadCount)];
        }
    }

    private double[] Draw(int step)
    {
        var random = new Pcg32(context.Seed, (ulong)step);
        return [.. parameters.Select(_ => Math.Clamp(random.NextDouble(), double.Epsilon, 1 - 1e-16))];
    }

    private sealed class Evaluation : IDisposable
    {
        private readonly GatedTraining training;

        public Evaluation(GatedTraining training)
        {
            this.training = training;
            training.Place(training.rule.Final(training.parameters));
        }

        public void Dispose() => training.TakeAway();
    }
}
