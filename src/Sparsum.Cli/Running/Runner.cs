using System.CommandLine;
using Sparsum.Cli.Commands;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Verdicts;
using Sparsum.Core;

namespace Sparsum.Cli.Running;

/// <summary>Runs one verb: times it, shows its progress, writes its document or its error, and decides the exit code.</summary>
internal sealed class Runner(Terminal terminal, TimeProvider time, CommonOptions common)
{
    public int Run(Verb verb, ParseResult parse, CancellationToken cancellationToken)
    {
        bool isJson = parse.GetValue(common.Json);
        bool isQuiet = parse.GetValue(common.Quiet);
        bool isVerbose = parse.GetValue(common.Verbose);
        var failure = new FailureReport(terminal, isJson);
        RunContext? context = null;
        try
        {
            if (isQuiet && isVerbose)
            {
                throw new InvalidInputException("conflicting-options", "A run is either quiet or tells everything.")
                {
                    File = common.Verbose.Name,
                    Found = $"{common.Quiet.Name} together with {common.Verbose.Name}",
                    Hint = "Leave out one of the two.",
                };
            }

            var result = RunProgress.Show(terminal, time, isQuiet, isVerbose, progress =>
            {
                // By way of the progress, which would draw over a line that it does not know of.
                using var notice = cancellationToken.Register(() => SharedRun.TellOfStop(context, progress));
                context = new RunContext(parse, common, terminal, time, progress, cancellationToken);
                return VerdictRun.Add(context, verb.Execute(context));
            });
            if (result.RunFolder is { } folder)
            {
                context!.Keep(result, folder);
            }

            if (context!.Group.IsFirst)
            {
                Show(result, context.Document ?? context.CreateDocument(result), isJson, isQuiet);
            }

            context.Job?.Dispose();
            return result.ExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || context?.Job is not null)
        {
            SharedRun.LeaveToFirst(isCancelled: true);
            failure.Write(verb.Name, new RunFailedException("cancelled", "The run was cancelled.") { Hint = context?.ResumeHint });
            context?.Job?.Abort(ExitCode.Cancelled);
            return ExitCode.Cancelled;
        }
        catch (InvalidInputException error)
        {
            SharedRun.LeaveToFirst();
            failure.Write(verb.Name, error);
            Unexpected.TraceIfAsked(terminal, error, isVerbose);
            context?.Job?.Abort(ExitCode.InvalidInput);
            return ExitCode.InvalidInput;
        }
        catch (Exception error)
        {
            SharedRun.LeaveToFirst();
            failure.Write(verb.Name, error as SparsumException ?? Unexpected.Explain(error));
            Unexpected.TraceIfAsked(terminal, error, isVerbose);
            context?.Job?.Abort(ExitCode.RunFailed);
            return ExitCode.RunFailed;
        }
    }

    private void Show(VerbResult result, System.Text.Json.Nodes.JsonObject document, bool isJson, bool isQuiet)
    {
        if (isJson)
        {
            JsonText.Write(terminal.Output, document, result.Items);
        }
        else if (!isQuiet || result.IsOutputTheResult)
        {
            result.Render(terminal.CreateOutputConsole());
        }
    }
}
