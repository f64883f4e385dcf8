using System.ComponentModel;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Gates;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>L0 gates of heads (Voita et al. 2019): hard-concrete gates that are trained with the weights and pressed to close.</summary>
[Description("Gates of heads that a penalty closes while the weights train (Voita et al. 2019).")]
public sealed class VoitaMethod : ISparseMethod
{
    private const ulong StartStream = 0x766F_6974;
    private readonly VoitaOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public VoitaMethod(VoitaOptions? options = null)
    {
        this.options = options ?? new VoitaOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "voita";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        var places = HeadTargets.Require(context, Name, needsHeads: false);
        var random = new Pcg32(context.Seed, StartStream);
        double[] start =
        [
            .. places.SelectMany(place =>
            {
                // Xavier-uniform on [1, heads, 1, 1].
                double bound = Math.Sqrt(6.0 / (place.Attention.HeadCount + 1));
                return Enumerable.Range(0, place.Attention.HeadCount).Select(_ => bound * ((2 * random.NextDouble()) - 1));
            }),
        ];
        return new GatedTraining(context, new VoitaGates(options.Lambda, options.GateLearningRate, context.Targets.Heads), start)
        {
            Fingerprint = Fingerprints.Of(this, context),
        };
    }
}

/// <summary>The settings of <see cref="VoitaMethod"/>.</summary>
public sealed record VoitaOptions : IMethodOptions
{
    /// <summary>Factor of the penalty on the sum of the probabilities of being open, beside a mean loss.</summary>
    [Description("factor of the penalty on open gates; too small for the loss, no gate closes")]
    public double Lambda { get; init; } = 0.0015;

    /// <summary>The highest learning rate of the gates; it follows the schedule of the weights.</summary>
    [Description("the highest learning rate of the gates; it follows the schedule of the weights")]
    public double GateLearningRate { get; init; } = 0.1;

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(Lambda is >= 0 and <= double.MaxValue, "voita.lambda", Lambda, "a number of at least 0");
        SettingText.Require(GateLearningRate is > 0 and <= double.MaxValue, "voita.gate-learning-rate", GateLearningRate, "a number above 0");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of((nameof(Lambda), Lambda), (nameof(GateLearningRate), GateLearningRate));
}
