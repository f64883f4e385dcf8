using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Latency;

namespace Sparsum.Cli.Verdicts;

/// <summary>The one sentence of a verdict, and the command that comes next. They say nothing that the facts do not.</summary>
internal static class VerdictWords
{
    /// <summary>Less than a hundredth, of bytes or of weights, is nobody's reason for anything.</summary>
    public const double LeastShare = 0.01;

    /// <summary>Whether it pays.</summary>
    public static Payment Judge(VerdictFacts facts)
    {
        bool gains = Gains(facts).Any();
        bool loses = Losses(facts).Any();
        return gains ? loses ? Payment.InPart : Payment.Yes
            : IsWorthCompacting(facts) ? Payment.NotYet
            : Payment.No;
    }

    /// <summary>The sentence.</summary>
    public static string Sentence(VerdictFacts facts, VerdictRequest request)
    {
        string gains = And(Gains(facts));
        string losses = And(Losses(facts));
        string[] rest = [.. new[] { losses, Undecided(facts), Quality(facts) }.Where(part => part.Length > 0)];
        string details = string.Join("; ", rest);
        return Judge(facts) switch
        {
            _ when !request.IsSparse => "Hardly a weight is exactly zero, so there is nothing that could pay.",
            Payment.Yes => $"It pays: {string.Join("; ", [gains, .. rest])}.",
            Payment.InPart => $"It pays in part: {string.Join("; ", [gains, .. rest])}.",
            Payment.NotYet => $"It does not pay yet: {string.Join("; ", [SameSize(facts), .. rest])}. The next command makes the weights {Units.Bytes(facts.CompactedBytes!.Value)}.",
            _ => $"It does not pay: {string.Join("; ", [SameSize(facts), .. rest])}.",
        };
    }

    /// <summary>The next command.</summary>
    public static string Next(VerdictFacts facts, VerdictRequest request)
    {
        string output = Path.TrimEndingDirectorySeparator(request.Output);
        string[] words = IsWorthCompacting(facts) ? ["compact", output, "-o", output + "-small"]
            : !request.IsSparse ? ["inspect", output]
            : request.Before is not null && Times(facts).Any() ? ["bench", output, "--baseline", request.BeforeName, "--runs", "30"]
            : ["bench", output, "--runs", "30"];
        return "sparsum " + CommandText.Of(words);
    }

    private static bool IsWorthCompacting(VerdictFacts facts) => facts.CompactedBytes is { } bytes && Share(facts.BytesNow, bytes) >= LeastShare;

    private static IEnumerable<string> Gains(VerdictFacts facts)
    {
        double share = Share(facts.BytesBefore, facts.BytesNow);
        if (share >= LeastShare)
        {
            yield return FormattableString.Invariant($"{share * 100:0} % fewer bytes");
        }

        foreach (var (what, time) in Times(facts))
        {
            if (time is { IsDifferent: true, Ratio: > 1 })
            {
                yield return FormattableString.Invariant($"{what} {time.Ratio:0.00} times as fast");
            }
        }
    }

    private static IEnumerable<string> Losses(VerdictFacts facts)
    {
        double share = Share(facts.BytesBefore, facts.BytesNow);
        if (share <= -LeastShare)
        {
            yield return FormattableString.Invariant($"{-share * 100:0} % more bytes");
        }

        foreach (var (what, time) in Times(facts))
        {
            if (time is { IsDifferent: true, Ratio: < 1 })
            {
                yield return FormattableString.Invariant($"{what} take {1 / time.Ratio:0.00} times as long");
            }
        }
    }

    private static IEnumerable<(string What, LatencyResult Time)> Times(VerdictFacts facts)
    {
        if (facts.Prefill is var (_, prefill))
        {
            yield return ("whole sequences", prefill);
        }

        if (facts.Decode is var (_, decode))
        {
            yield return ("single tokens", decode);
        }
    }

    /// <summary>The times that nothing can be said of.</summary>
    private static string Undecided(VerdictFacts facts)
    {
        string[] alike = [.. Times(facts).Where(entry => !entry.Time.IsDifferent).Select(entry => entry.What)];
        return alike.Length > 0 ? $"no difference in the time of {string.Join(" or ", alike)} could be measured"
            : Times(facts).Any() ? ""
            : "its time was not compared";
    }

    private static string Quality(VerdictFacts facts) => facts.Perplexity switch
    {
        null => "",
        { IsDifferent: false } => "the perplexity is within the noise",
        { } change => FormattableString.Invariant(
            $"for {Math.Abs((change.Now / change.Before) - 1) * 100:0.0} % {(change.Now > change.Before ? "more" : "less")} perplexity"),
    };

    private static string SameSize(VerdictFacts facts) => Math.Abs(Share(facts.BytesBefore, facts.BytesNow)) < LeastShare
        ? "the weights take as many bytes as before"
        : "nothing was gained";

    /// <summary>The share of bytes that went.</summary>
    private static double Share(long before, long now) => before == 0 ? 0 : 1 - ((double)now / before);

    private static string And(IEnumerable<string> parts) => string.Join(" and ", parts);
}
