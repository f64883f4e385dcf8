using Sparsum.Pruning.SparseTraining.Penalties;
using Sparsum.Tensors;
using Sparsum.Tensors.Optimization;
using Sparsum.Training;
using Sparsum.Training.Optimization;

namespace Sparsum.Pruning.SparseTraining.Steps;

/// <summary>Hands a model's penalties to the optimiser and refreshes them when they are due.</summary>
internal sealed class PenaltySchedule(
    ModelPenalty penalty, PenaltyOptions options, IBackend backend, params IReadOnlyList<(string Name, double Value)> factors)
{
    private const string RowPrefix = "penalty.rows.";
    private const string ColumnPrefix = "penalty.columns.";
    private readonly Dictionary<string, double[]> restored = [];
    private Optimizer? attached;

    /// <summary>Multiplies every factor from the next refresh on.</summary>
    public double Gain
    {
        get => penalty.Gain;
        set => penalty.Gain = value;
    }

    /// <summary>The factors with their gain.</summary>
    public IEnumerable<(string Name, double Value)> Factors => factors.Select(factor => (factor.Name, factor.Value * Gain));

    /// <summary>Whether any factor presses.</summary>
    public bool Presses => factors.Any(factor => factor.Value > 0);

    /// <summary>Attaches statistics and penalties, measured afresh: before the first step, and whenever others than the sweep wrote weights.</summary>
    public void Attach(Optimizer optimizer)
    {
        attached = optimizer;
        penalty.Measure(backend);
        foreach (var state in optimizer.Parameters)
        {
            state.Statistics = penalty.StatisticsOf(state.Parameter);
            state.Penalty = penalty.PenaltyOf(state.Parameter);
        }

        TakeRestored(optimizer);
    }

    /// <summary>Refreshes what is due before the step that comes.</summary>
    public void BeforeStep(Trainer trainer)
    {
        if (options.IsRefreshDue(trainer.Optimizer.StepCount, trainer.Position.Batch == 0))
        {
            penalty.Refresh();
            foreach (var state in trainer.Optimizer.Parameters)
            {
                state.Penalty = penalty.PenaltyOf(state.Parameter);
            }
        }
    }

    /// <summary>Takes all penalties off.</summary>
    public void Detach(Optimizer optimizer)
    {
        attached = null;
        foreach (var state in optimizer.Parameters)
        {
            (state.Penalty, state.Statistics) = (null, null);
        }
    }

    /// <summary>Coefficients that may be older than the weights; with a refresh before every step there are none.</summary>
    public void SaveState(Dictionary<string, double[]> lists)
    {
        foreach (var state in options.CountRefreshSteps == 1 ? [] : attached?.Parameters ?? [])
        {
            if (state.Penalty is { } current)
            {
                string prefix = current.RowCoefficients is null ? ColumnPrefix : RowPrefix;
                lists[prefix + state.Parameter.Name] = [.. (current.RowCoefficients ?? current.ColumnCoefficients)!.Select(value => (double)value)];
            }
        }
    }

    /// <summary>Takes them back; they are attached when the run starts.</summary>
    public void RestoreState(IReadOnlyDictionary<string, double[]> lists)
    {
        restored.Clear();
        foreach (var (name, values) in lists)
        {
            restored[name] = values;
        }
    }

    /// <summary>Puts restored coefficients in the place of those that <see cref="Attach"/> computed from the weights as they are.</summary>
    private void TakeRestored(Optimizer optimizer)
    {
        foreach (var state in restored.Count == 0 ? [] : optimizer.Parameters)
        {
            if (Coefficients(RowPrefix + state.Parameter.Name) is { } rows)
            {
                state.Penalty = FusedPenalty.PerRow(rows) with { Mode = options.PenaltyMode };
            }
            else if (Coefficients(ColumnPrefix + state.Parameter.Name) is { } columns)
            {
                state.Penalty = FusedPenalty.PerColumn(columns) with { Mode = options.PenaltyMode };
            }
        }

        restored.Clear();
    }

    private float[]? Coefficients(string name) =>
        restored.TryGetValue(name, out double[]? values) ? [.. values.Select(value => (float)value)] : null;
}
