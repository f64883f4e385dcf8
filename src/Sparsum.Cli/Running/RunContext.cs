using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Cli.Commands;
using Sparsum.Cli.Inputs;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Core;
using Sparsum.Mpi;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Cli.Running;

/// <summary>What a verb needs of the world around it.</summary>
internal sealed class RunContext(
    ParseResult parse, CommonOptions common, Terminal terminal, TimeProvider time, RunProgress progress, CancellationToken cancellationToken)
{
    public ParseResult Parse => parse;

    public Terminal Terminal => terminal;

    public TimeProvider Time => time;

    public RunProgress Progress => Group.IsFirst ? progress : silent;

    public CancellationToken CancellationToken => cancellationToken;

    public int Threads => parse.GetValue(common.Threads);

    /// <summary>How many threads that comes to.</summary>
    public int ThreadsInUse => Threads == 0 ? Environment.ProcessorCount : Threads;

    public int Seed => parse.GetValue(common.Seed);

    /// <summary>Names of the hub.</summary>
    public HubInputs Hub => hub ??= new HubInputs(this, IsOffline);

    /// <summary>Whether the command line keeps the run off the network.</summary>
    public bool IsOffline => parse.GetValue(common.Offline);

    public RunLog Log { get; } = new(time);

    /// <summary>What a cancelled run tells the user to do.</summary>
    public string? ResumeHint { get; set; }

    /// <summary>How exact products of float32 are.</summary>
    public Float32Precision Precision => Enum.Parse<Float32Precision>(parse.GetValue(common.Float32Precision)!, ignoreCase: true);

    /// <summary>The same for another command line; none for the default.</summary>
    public string[] PrecisionArguments =>
        Precision == Float32Precision.Highest ? [] : [CommonOptions.PrecisionName, parse.GetValue(common.Float32Precision)!];

    /// <summary>What computes. Says so where the precision that was asked for is not to be had.</summary>
    public CpuBackend CreateBackend()
    {
        var backend = new CpuBackend(Threads, Precision);
        if (backend.Precision != Precision)
        {
            Warn($"{CommonOptions.PrecisionName} changes nothing here: products are float32 where the processor has no AMX, or the system is not Linux");
        }

        return backend;
    }

    /// <summary>The document of the run, once it is kept with the result.</summary>
    public JsonObject? Document { get; private set; }

    /// <summary>The processes that do the run together; this one alone unless it has joined others.</summary>
    public ProcessGroup Group => Job ?? ProcessGroup.Single;

    /// <summary>The processes that this one has joined; null for none.</summary>
    public MpiGroup? Job { get; private set; }

    private readonly SilentProgress silent = new();

    private HubInputs? hub;

    private readonly DateTimeOffset started = time.GetUtcNow();
    private readonly long start = time.GetTimestamp();

    /// <summary>Writes the model card, <c>run.json</c> and <c>log.jsonl</c> into the folder of a result that is complete but for them.</summary>
    public void Keep(VerbResult result, string folder)
    {
        if (result.Card?.Write(folder) is { } fault)
        {
            Warn(fault);
        }

        Document = CreateDocument(result);
        RunFolder.Keep(folder, Document, Log);
    }

    /// <summary>The document of the run as it stands.</summary>
    public JsonObject CreateDocument(VerbResult result)
    {
        var document = RunDocument.Create(parse.CommandResult.Command.Name, result, OptionRecord.Of(parse), started, time.GetElapsedTime(start));
        if (Hub.Describe() is { } inputs)
        {
            document["model"] = Hub.NameOf(result.Model);
            document["hub"] = inputs;
        }

        return document;
    }

    /// <summary>Takes part in a run of several processes, which must have been given one command line.</summary>
    /// <exception cref="InvalidInputException">They were not: <c>processes-differ</c>.</exception>
    public ProcessGroup Join(MpiGroup group)
    {
        Job = group;
        var options = OptionRecord.Of(parse);
        options.Remove("threads");
        string line = $"{SparsumCommand.Version} {parse.CommandResult.Command.Name} {options.ToJsonString()}";
        group.RequireSame(SHA256.HashData(Encoding.UTF8.GetBytes(line)), "command line");
        return group;
    }

    public T Get<T>(Option<T> option) => parse.GetValue(option)!;

    public T Get<T>(Argument<T> argument) => parse.GetValue(argument)!;

    /// <summary>The path of a model, which is pulled first if it is named by the hub and not in the cache.</summary>
    public string Get(ModelArgument argument) => Hub.Model(parse.GetValue(argument)!);

    /// <summary>Whether an option was given rather than defaulted.</summary>
    public bool IsGiven(Option option) => parse.GetResult(option) is { Implicit: false };

    /// <summary>Writes a line that stays, unless the user wants quiet.</summary>
    public void Tell(string message)
    {
        if (!parse.GetValue(common.Quiet))
        {
            Progress.WriteLine(message);
        }
    }

    /// <summary>Writes and logs what the user should know even when quiet.</summary>
    public void Warn(string message)
    {
        message = OptionText.Flags(message)!;
        Log.Add("warning", message);
        Progress.WriteLine($"warning: {message}");
    }
}
