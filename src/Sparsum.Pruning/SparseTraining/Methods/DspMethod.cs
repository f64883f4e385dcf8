using System.ComponentModel;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Gates;
using Sparsum.Training;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>
/// Differentiable subset pruning (Li et al. 2021), joint: a relaxed choice of as many heads as are to be left, trained with the weights at a
/// falling temperature.
/// </summary>
[Description("A relaxed choice of the heads that stay, trained with the weights at a falling temperature (Li et al. 2021).")]
public sealed class DspMethod : ISparseMethod
{
    private const ulong StartStream = 0x6473_7077;
    private readonly DspOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public DspMethod(DspOptions? options = null)
    {
        this.options = options ?? new DspOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "dsp";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        var places = HeadTargets.Require(context, Name, needsHeads: true);
        int all = places.Sum(place => place.Attention.HeadCount);
        double bound = Math.Sqrt(6.0 / (places.Count + ((double)all / places.Count)));
        var random = new Pcg32(context.Seed, StartStream);
        int cooled = 1;
        var rule = new DspGates(context.Targets.Heads!.Value, step => options.TemperatureAt(step, cooled), options.GateLearningRate);
        return new GatedTraining(context, rule, [.. Enumerable.Range(0, all).Select(_ => bound * ((2 * random.NextDouble()) - 1))])
        {
            Fingerprint = Fingerprints.Of(this, context),
            Starting = trainer => cooled = options.CooledAfter(trainer),
        };
    }
}

/// <summary>The settings of <see cref="DspMethod"/>.</summary>
public sealed record DspOptions : IMethodOptions
{
    /// <summary>The temperature before the first step.</summary>
    [Description("the temperature before the first step")]
    public double StartTemperature { get; init; } = 1000;

    /// <summary>The temperature when it has fallen.</summary>
    [Description("the temperature when it has fallen")]
    public double FinalTemperature { get; init; } = 1e-8;

    /// <summary>Share of the steps over which it falls.</summary>
    [Description("share of the steps over which it falls")]
    public double CooldownShare { get; init; } = 0.679;

    /// <summary>The highest learning rate of the importances; it follows the schedule of the weights.</summary>
    [Description("the highest learning rate of the importances; it follows the schedule of the weights")]
    public double GateLearningRate { get; init; } = 0.5;

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(StartTemperature is > 0 and <= double.MaxValue, "dsp.start-temperature", StartTemperature, "a number above 0");
        SettingText.Require(
            FinalTemperature > 0 && FinalTemperature <= StartTemperature, "dsp.final-temperature", FinalTemperature, "a number above 0, at most dsp.start-temperature");
        SettingText.Require(CooldownShare is > 0 and <= 1, "dsp.cooldown-share", CooldownShare, "a number above 0, at most 1");
        SettingText.Require(GateLearningRate is > 0 and <= double.MaxValue, "dsp.gate-learning-rate", GateLearningRate, "a number above 0");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of(
        (nameof(StartTemperature), StartTemperature),
        (nameof(FinalTemperature), FinalTemperature),
        (nameof(CooldownShare), CooldownShare),
        (nameof(GateLearningRate), GateLearningRate));

    /// <summary>Steps over which the temperature falls.</summary>
    internal int CooledAfter(Trainer trainer) => Math.Max(1, (int)Math.Round(CooldownShare * trainer.Schedule.TotalSteps));

    /// <summary>The temperature of a step: geometrically from the first to the last, then the last.</summary>
    internal double TemperatureAt(int step, int cooled) => step > cooled
        ? FinalTemperature
        : Math.Exp(Math.Log(StartTemperature) - ((double)step / cooled * (Math.Log(StartTemperature) - Math.Log(FinalTemperature))));
}
