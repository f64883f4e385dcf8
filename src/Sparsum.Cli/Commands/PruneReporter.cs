using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Latency;
using Sparsum.Pruning.OneShot.Streaming;

namespace Sparsum.Cli.Commands;

/// <summary>Turns the steps of a pruning run into progress and log lines.</summary>
internal sealed class PruneReporter(RunContext context) : IProgress<PruneProgress>
{
    private readonly SortedDictionary<PrunePhase, TimeSpan> phases = [];
    private PrunePhase? phase;
    private long phaseStart;

    /// <summary>How long the sparsity was spread over the layers; null where that took no steps.</summary>
    public double? AllocationSeconds => phases.TryGetValue(PrunePhase.Allocate, out var time) ? time.TotalSeconds : null;

    /// <summary>Seconds in each phase that has ended, by its name.</summary>
    public JsonObject PhaseSeconds => new(phases.Select(entry => KeyValuePair.Create<string, JsonNode?>(
        JsonNamingPolicy.CamelCase.ConvertName(entry.Key.ToString()), Math.Round(entry.Value.TotalSeconds, 6))));

    public void Report(PruneProgress value)
    {
        Time(value.Phase);
        context.Progress.Report(Describe(value), Fraction(value));
        if (value.Phase == PrunePhase.BlockDone)
        {
            context.Log.Add("info", "block done", new JsonObject
            {
                ["block"] = value.Block,
                ["blocks"] = value.Blocks,
                ["peakBytes"] = PeakMemory.Read(),
            });
        }
    }

    private static string Describe(PruneProgress value)
    {
        string where = value.Block < 0 ? "" : $"block {value.Block + 1}/{value.Blocks} ";
        return where + value.Phase switch
        {
            PrunePhase.Embed => "embedding",
            PrunePhase.Allocate => value.Candidate ?? value.Layer ?? "spreading the sparsity",
            PrunePhase.Copy => "copying what is not pruned",
            PrunePhase.Load => "loading",
            PrunePhase.Observe => "observing",
            PrunePhase.Prune => value.Layer ?? "pruning",
            PrunePhase.Propagate => "propagating",
            PrunePhase.Write => "writing",
            _ => "done",
        };
    }

    /// <summary>The two passes over the calibration sequences are nearly all the work of a block.</summary>
    private static double Fraction(PruneProgress value)
    {
        double share = value.Tokens == 0 ? 0 : (double)value.TokensDone / value.Tokens;
        double withinBlock = value.Phase switch
        {
            PrunePhase.Allocate => share,
            PrunePhase.Observe => 0.5 * share,
            PrunePhase.Prune => 0.5,
            PrunePhase.Propagate => 0.5 + (0.5 * share),
            PrunePhase.Write or PrunePhase.BlockDone => 1,
            _ => 0,
        };
        return value.Block < 0 ? 0 : (value.Block + withinBlock) / value.Blocks;
    }

    private void Time(PrunePhase next)
    {
        if (phase == next)
        {
            return;
        }

        if (phase is { } ended && ended != PrunePhase.BlockDone)
        {
            phases[ended] = phases.GetValueOrDefault(ended) + context.Time.GetElapsedTime(phaseStart);
            if (ended == PrunePhase.Allocate)
            {
                context.Log.Add("info", "sparsity spread", new JsonObject { ["seconds"] = AllocationSeconds, ["peakBytes"] = PeakMemory.Read() });
            }
        }

        phase = next;
        phaseStart = context.Time.GetTimestamp();
    }
}
