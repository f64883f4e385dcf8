using Sparsum.Cli.Commands;
using Sparsum.Cli.Running;

namespace Sparsum.Cli.Verdicts;

/// <summary>Adds a verdict to the result of a run whose output is complete: a verdict that fails is a warning, no failure.</summary>
internal static class VerdictRun
{
    /// <summary>The result, with the verdict where one is wanted and can be given.</summary>
    public static VerbResult Add(RunContext context, VerbResult result)
    {
        if (result.Verdict is not { } request || context.Document is not { } document)
        {
            return result;
        }

        try
        {
            var facts = new VerdictMeasurement(context, request).Run();
            document["verdict"] = facts.ToJson(context, request);
            RunFolder.Rewrite(request.Output, document);
            if (facts.Perplexity is { } change && result.Card is { } card)
            {
                (card with { Quality = change.Describe(request) }).Write(request.Output);
            }

            return result with
            {
                Render = console =>
                {
                    result.Render(console);
                    VerdictTable.Render(console, facts, request);
                },
            };
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            context.Warn($"no verdict: it was stopped; '{request.Output}' is complete");
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            context.Warn($"no verdict: {error.Message} '{request.Output}' is complete all the same");
        }

        return result;
    }
}
