using System.ComponentModel;

namespace Sparsum.Pruning.OneShot.Scoring;

/// <summary>The settings of <see cref="Multiflow"/>.</summary>
public sealed record MultiflowOptions : IMethodOptions
{
    /// <summary>What the published runs of NeuronAl do.</summary>
    public static MultiflowOptions Published { get; } = new() { Float16 = true };

    /// <summary>
    /// Whether the scores that the model is pruned by are rounded to float16 as in the published runs of NeuronAl, where most of those of
    /// models with small weights collapse to a few values or to 0. Candidates of a search are scored in float32 there, and so they are here.
    /// </summary>
    [Description("round the scores of the final pruning to float16 as published runs do; small ones collapse")]
    public bool Float16 { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of((nameof(Float16), Float16));
}
