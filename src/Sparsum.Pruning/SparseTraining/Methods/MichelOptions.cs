using System.ComponentModel;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>The settings of <see cref="MichelMethod"/>.</summary>
public sealed record MichelOptions : IMethodOptions
{
    /// <summary>What is averaged before the absolute value is taken.</summary>
    [Description("what is averaged before the absolute value is taken: per-example or per-batch")]
    public MichelGradient Gradient { get; init; }

    /// <summary>Whether importance is measured anew, with the heads that went masked, after each round.</summary>
    [Description("whether importance is measured anew after each round, with the heads that went masked")]
    public bool Exact { get; init; }

    /// <summary>Heads that go in a round; 0 takes all in one.</summary>
    [Description("heads that go in a round; 0 takes all in one")]
    public int HeadsPerRound { get; init; }

    /// <summary>Training examples to measure on, the first of all; 0 for all.</summary>
    [Description("training examples to measure on, the first of all; 0 for all")]
    public int Examples { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(HeadsPerRound >= 0, "michel.heads-per-round", HeadsPerRound, "a whole number of at least 0");
        SettingText.Require(Examples >= 0, "michel.examples", Examples, "a whole number of at least 0");
        SettingText.Require(!Exact || HeadsPerRound > 0, "michel.heads-per-round", HeadsPerRound, "at least 1, since michel.exact is true");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of(
        (nameof(Gradient), Gradient), (nameof(Exact), Exact), (nameof(HeadsPerRound), HeadsPerRound), (nameof(Examples), Examples));
}

/// <summary>What is averaged before the absolute value of a gradient is taken.</summary>
public enum MichelGradient
{
    /// <summary>Nothing: the gradient of each example, as the paper has it.</summary>
    PerExample,

    /// <summary>The examples of a batch, as later code has it.</summary>
    PerBatch,
}
