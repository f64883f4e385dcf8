using System.ComponentModel;

namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>The settings of CoFi; the defaults are those of the paper and its code.</summary>
public sealed record CofiOptions : IMethodOptions
{
    /// <summary>Epochs of plain training before gates are put in; null is the paper's share of the run, a twentieth of it (small tasks: a twenty-fifth).</summary>
    [Description("epochs before pruning begins; auto is a twentieth of the run, a twenty-fifth on small tasks")]
    public double? EpochsBefore { get; init; }

    /// <summary>Steps of plain training in place of <see cref="EpochsBefore"/>: the published code takes 100 whatever it is told.</summary>
    [Description("steps before pruning begins, in place of epochs; the published code takes 100; auto goes by the epochs")]
    public int? StepsBefore { get; init; }

    /// <summary>Epochs over which the sparsity aimed at rises; null is the paper's share, a tenth of the run (small tasks: a fifth).</summary>
    [Description("epochs over which the sparsity aimed at rises; auto is a tenth of the run, a fifth on small tasks")]
    public double? WarmupEpochs { get; init; }

    /// <summary>The sparsity that the target rises from.</summary>
    [Description("the sparsity that the target rises from")]
    public double StartSparsity { get; init; }

    /// <summary>The learning rate of log-alphas and multipliers; it does not follow the schedule.</summary>
    [Description("the learning rate of gates and multipliers; constant")]
    public double GateLearningRate { get; init; } = 0.01;

    /// <summary>The probability by which log-alphas of neurons start: <c>ln((1-p)/p)</c>. Those of all other gates start at 10.</summary>
    [Description("log-alphas of neurons start at ln((1-p)/p) for this p; those of other gates at 10")]
    public double DropRate { get; init; } = 0.5;

    /// <summary>Whether hidden features have gates too.</summary>
    [Description("whether hidden features have gates too")]
    public bool Hidden { get; init; } = true;

    /// <summary>Whether the linear term of the Lagrangian takes the absolute difference to the target.</summary>
    [Description("whether the linear term takes the absolute difference to the target, so that no sparsity beyond it is rewarded")]
    public bool AbsoluteConstraint { get; init; }

    /// <summary>How far below the target the expected sparsity of a state may be that is kept as the best.</summary>
    [Description("how far below the target the expected sparsity of a kept state may be; the authors advise 0.01 for 95 %")]
    public double SparsityTolerance { get; init; }

    /// <summary>Whether embeddings and their norm stay as they are.</summary>
    [Description("whether embeddings stay as they are")]
    public bool FreezeEmbeddings { get; init; } = true;

    /// <summary>The folder of a dense model that was trained on the task, from which the model learns; null trains on the labels.</summary>
    [Description("folder of a dense model trained on the task, to learn from; none trains on the labels")]
    public string? Teacher { get; init; }

    /// <summary>Weight of the teacher's answers.</summary>
    [Description("weight of the teacher's answers")]
    public double PredictionWeight { get; init; } = 0.1;

    /// <summary>Weight of the states of the teacher's layers; 0 learns from answers alone.</summary>
    [Description("weight of the states of the teacher's layers; 0 learns from its answers alone")]
    public double LayerWeight { get; init; } = 0.9;

    /// <summary>The temperature of answers.</summary>
    [Description("the temperature of answers")]
    public double Temperature { get; init; } = 2;

    /// <summary>Which layer learns from which.</summary>
    [Description("which layer learns from which: ordered (as in the paper), ordered-by-rank (as its code does), free")]
    public LayerMatching LayerMatching { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
        Require(EpochsBefore is null or >= 0 and < double.PositiveInfinity, nameof(EpochsBefore), EpochsBefore, "a number of at least 0");
        Require(StepsBefore is null or >= 0, nameof(StepsBefore), StepsBefore, "a whole number of at least 0");
        Require(StepsBefore is null || EpochsBefore is null, nameof(StepsBefore), StepsBefore, "left out, since cofi.epochs-before is given");
        Require(WarmupEpochs is null or >= 0 and < double.PositiveInfinity, nameof(WarmupEpochs), WarmupEpochs, "a number of at least 0");
        Require(StartSparsity is >= 0 and < 1, nameof(StartSparsity), StartSparsity, "a number in [0, 1)");
        Require(GateLearningRate is > 0 and <= double.MaxValue, nameof(GateLearningRate), GateLearningRate, "a number above 0");
        Require(DropRate is > 0 and < 1, nameof(DropRate), DropRate, "a number between 0 and 1");
        Require(SparsityTolerance is >= 0 and < 1, nameof(SparsityTolerance), SparsityTolerance, "a number in [0, 1)");
        Require(PredictionWeight is >= 0 and <= double.MaxValue, nameof(PredictionWeight), PredictionWeight, "a number of at least 0");
        Require(LayerWeight is >= 0 and <= double.MaxValue, nameof(LayerWeight), LayerWeight, "a number of at least 0");
        Require(LayerWeight + PredictionWeight > 0, nameof(LayerWeight), LayerWeight, "above 0, since cofi.prediction-weight is 0");
        Require(Temperature is > 0 and <= double.MaxValue, nameof(Temperature), Temperature, "a number above 0");
        var fresh = new CofiOptions();
        bool isAsDefault = (PredictionWeight, LayerWeight, Temperature, LayerMatching)
            == (fresh.PredictionWeight, fresh.LayerWeight, fresh.Temperature, fresh.LayerMatching);
        Require(Teacher is not null || isAsDefault, nameof(Teacher), SettingText.None, "the folder of a model: a setting of distillation is given");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of(
        (nameof(EpochsBefore), EpochsBefore),
        (nameof(StepsBefore), StepsBefore),
        (nameof(WarmupEpochs), WarmupEpochs),
        (nameof(StartSparsity), StartSparsity),
        (nameof(GateLearningRate), GateLearningRate),
        (nameof(DropRate), DropRate),
        (nameof(Hidden), Hidden),
        (nameof(AbsoluteConstraint), AbsoluteConstraint),
        (nameof(SparsityTolerance), SparsityTolerance),
        (nameof(FreezeEmbeddings), FreezeEmbeddings),
        (nameof(Teacher), Teacher ?? SettingText.None),
        (nameof(PredictionWeight), PredictionWeight),
        (nameof(LayerWeight), LayerWeight),
        (nameof(Temperature), Temperature),
        (nameof(LayerMatching), LayerMatching));

    private static void Require(bool isValid, string property, object? value, string expected) =>
        SettingText.Require(isValid, $"cofi.{SettingText.NameOf(property)}", value, expected);
}

/// <summary>Which layer of a student learns from which layer of a teacher.</summary>
public enum LayerMatching
{
    /// <summary>From the teacher's last layer down the nearest that is there and lies below the one before, as the paper has it.</summary>
    Ordered,

    /// <summary>The same, but whether a layer is there is looked up by its place among those sorted by distance, as the published code does.</summary>
    OrderedByRank,

    /// <summary>The nearest of all.</summary>
    Free,
}
