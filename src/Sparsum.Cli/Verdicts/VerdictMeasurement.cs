using Sparsum.Cli.Commands;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Latency;
using Sparsum.Evaluation.Perplexity;
using Sparsum.Pruning.Compaction;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Verdicts;

/// <summary>
/// Measures what a verdict says, within a bound: passes of few tokens, as many as go into a few seconds, and nothing of models too large for it.
/// </summary>
internal sealed class VerdictMeasurement(RunContext context, VerdictRequest request)
{
    /// <summary>When what is not measured yet is given up.</summary>
    public const int MostSeconds = 60;

    private const double SecondsForEachKind = 3;
    private const int MostRounds = 30;
    private const int FewestRounds = 6;
    private const int UsualTokens = 64;

    /// <summary>Of both models together; loading more takes most of the time that there is.</summary>
    private const long MostWeightBytes = 4_000_000_000;

    private readonly SortedDictionary<string, string> notMeasured = new(StringComparer.Ordinal);

    public VerdictFacts Run()
    {
        long start = context.Time.GetTimestamp();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(MostSeconds), context.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.CancellationToken);
        context.Progress.Report("measuring whether it pays");
        using var models = new VerdictModels(request);
        var facts = new VerdictFacts { BytesBefore = models.BytesBefore, BytesNow = models.BytesNow, NotMeasured = notMeasured };
        if (request.Score is null && request.HeldOut.Count == 0)
        {
            notMeasured["quality"] = request.HeldOutSource;
        }

        if (!request.IsSparse)
        {
            notMeasured["time and memory"] = "hardly a weight is exactly zero";
        }
        else if (!BenchTimer.CanTime(models.Now.Model))
        {
            notMeasured["time and memory"] = "encoders with a decoder are not timed";
        }
        else if (models.BytesBefore + models.BytesNow > MostWeightBytes)
        {
            notMeasured["time, memory and quality"] = $"weights of more than {Units.Bytes(MostWeightBytes)} in both models together take too long";
        }
        else
        {
            facts = Measure(facts, models, stop.Token);
        }

        facts = facts with { CompactedBytes = Within("what compaction would bring", () => Compacted(models, stop.Token)) };
        return facts with { Seconds = context.Time.GetElapsedTime(start).TotalSeconds };
    }

    private VerdictFacts Measure(VerdictFacts facts, VerdictModels models, CancellationToken stop)
    {
        int tokens = Math.Min(UsualTokens, Math.Min(models.Now.Model.MaxPositions, models.Before.MaxPositions) - MostRounds - new LatencyOptions().WarmUp);
        using (var backend = context.CreateBackend())
        {
            if (!Within("time and quality", () => Load(models, backend, stop)))
            {
                return facts;
            }

            LatencySubject[] subjects = [new("before", models.Before), new("now", models.Now.Model)];
            var timer = new BenchTimer(context, backend, subjects) { Batch = 1, Length = Math.Max(1, tokens) };
            facts = facts with { Tokens = timer.Length, Prefill = Within("prefill", () => Time(timer, LatencyKind.Prefill, stop)) };
            if (models.Now.Model is CausalLanguageModel now && models.Before is CausalLanguageModel before)
            {
                facts = facts with
                {
                    Decode = tokens < 1 ? null : Within("decode", () => Time(timer, LatencyKind.Decode, stop)),
                    Perplexity = request.HeldOut.Count == 0 ? null : Within("quality", () => Score(before, now, backend, stop)),
                };
            }
        }

        if (request.Before is null)
        {
            notMeasured["peak memory before"] = "the model before lies nowhere";
        }

        string[] options =
        [
            "--length", FormattableString.Invariant($"{facts.Tokens}"), "--threads", FormattableString.Invariant($"{context.Threads}"), .. context.PrecisionArguments,
        ];
        return facts with
        {
            PeakNow = Within<long?>("peak memory", () => MemoryProbe.Measure(request.Output, options, stop)),
            PeakBefore = request.Before is { } path ? Within<long?>("peak memory", () => MemoryProbe.Measure(path, options, stop)) : null,
        };
    }

    private bool Load(VerdictModels models, IBackend backend, CancellationToken stop)
    {
        context.Progress.Report("loading both models");
        models.Load(backend, stop);
        return true;
    }

    /// <summary>As many rounds as go into the time that there is.</summary>
    private (LatencyResult, LatencyResult)? Time(BenchTimer timer, LatencyKind kind, CancellationToken stop)
    {
        double round = timer.Time(kind, 1, 0, stop).Sum(result => result.MedianMilliseconds) / 1000;
        int rounds = (int)Math.Min(MostRounds, SecondsForEachKind / Math.Max(1e-6, round));
        if (rounds < FewestRounds)
        {
            notMeasured[JsonText.NameOf(kind)] = $"a round takes {Units.Number(round)} s, too long for {FewestRounds} of them";
            return null;
        }

        var results = timer.Time(kind, rounds, 0, stop);
        return (results[0], results[1]);
    }

    private PerplexityChange Score(CausalLanguageModel before, CausalLanguageModel now, IBackend backend, CancellationToken stop)
    {
        context.Progress.Report("measuring perplexity");
        var text = TokenizedText.Create(request.HeldOut, request.HeldOutSha256);
        var dense = PerplexityEvaluator.Measure(before, text, backend, null, stop);
        var sparse = PerplexityEvaluator.Measure(now, text, backend, null, stop);
        var ratio = new PairedRatio([.. dense.MeanLosses.Select(Math.Exp)], [.. sparse.MeanLosses.Select(Math.Exp)]);
        return new PerplexityChange(dense.Perplexity, sparse.Perplexity, ratio.IsDifferent, sparse.Sequences, sparse.Tokens);
    }

    private long? Compacted(VerdictModels models, CancellationToken stop)
    {
        if (request.IsCompacted || !request.IsSparse || models.BytesNow > MostWeightBytes)
        {
            return null;
        }

        context.Progress.Report("planning a compaction");
        return Compactor.Plan(request.Output, new CompactionOptions(), stop).BytesAfter;
    }

    /// <summary>Gives a part up when the time is over; when the user stops the run, all of it.</summary>
    private T? Within<T>(string part, Func<T> measure)
    {
        try
        {
            return measure();
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            notMeasured[part] = $"more than the {MostSeconds} seconds that there are would have been needed";
            return default;
        }
    }
}
