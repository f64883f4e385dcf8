using System.Globalization;

namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>What BLEU does about an order of n-grams without a match (Chen and Cherry 2014).</summary>
public enum BleuSmoothing
{
    /// <summary>Nothing: the score is 0.</summary>
    None,

    /// <summary>Counts <see cref="BleuOptions.SmoothingValue"/> matches (0.1) in place of none.</summary>
    Floor,

    /// <summary>Adds <see cref="BleuOptions.SmoothingValue"/> (1) to matches and totals of every order but the first.</summary>
    AddK,

    /// <summary>Counts half a match at the first order without any, a quarter at the second, and so on, as NIST does.</summary>
    Exponential,
}

/// <summary>Settings of <see cref="Bleu"/>; the defaults are those of sacreBLEU.</summary>
public sealed record BleuOptions
{
    /// <summary>How segments become tokens.</summary>
    public BleuTokenizer Tokenizer { get; init; } = BleuTokenizer.V13A;

    /// <summary>What is done about orders without a match.</summary>
    public BleuSmoothing Smoothing { get; init; } = BleuSmoothing.Exponential;

    /// <summary>The number that <see cref="BleuSmoothing.Floor"/> and <see cref="BleuSmoothing.AddK"/> take; null for their defaults.</summary>
    public double? SmoothingValue { get; init; }

    /// <summary>The longest n-grams.</summary>
    public int MaxOrder { get; init; } = 4;

    /// <summary>Whether case is ignored.</summary>
    public bool Lowercase { get; init; }

    /// <summary>Whether orders for which a hypothesis is too short are left out: for scores of single segments.</summary>
    public bool EffectiveOrder { get; init; }

    internal double EffectiveSmoothingValue => SmoothingValue ?? (Smoothing == BleuSmoothing.Floor ? 0.1 : 1);

    internal BleuOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxOrder, 1);
        bool takesValue = Smoothing is BleuSmoothing.Floor or BleuSmoothing.AddK;
        return SmoothingValue is null || (takesValue && SmoothingValue > 0 && double.IsFinite(SmoothingValue.Value))
            ? this
            : throw new ArgumentException($"{nameof(SmoothingValue)} is for {BleuSmoothing.Floor} and {BleuSmoothing.AddK}, and above 0.");
    }

    /// <summary>What a score depends on, in the form of sacreBLEU without its version: <c>nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp</c>.</summary>
    /// <param name="references">Number of references for each segment.</param>
    public string Signature(int references)
    {
        string value = EffectiveSmoothingValue.ToString("F2", CultureInfo.InvariantCulture);
        string smoothing = Smoothing switch
        {
            BleuSmoothing.None => "none",
            BleuSmoothing.Floor => $"floor[{value}]",
            BleuSmoothing.AddK => $"add-k[{value}]",
            _ => "exp",
        };
        return $"nrefs:{references}|case:{(Lowercase ? "lc" : "mixed")}|eff:{(EffectiveOrder ? "yes" : "no")}|tok:{Tokenizer}|smooth:{smoothing}";
    }
}
