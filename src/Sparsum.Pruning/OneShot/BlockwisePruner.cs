using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// One-shot pruning of a model folder into another, one block in memory at a time (Frantar and Alistarh 2023; Sun et al. 2024): all layers
/// of a block are scored on one pass of the dense block, whose inputs have come through the pruned blocks before it. A run that is
/// cancelled or killed continues after its last finished block and gives the same bytes.
/// </summary>
/// <param name="backend">What computes; it stays the caller's.</param>
/// <param name="logger">Told of the run's plan, blocks and end; null for nobody.</param>
/// <example><code>
/// using var backend = new CpuBackend(Environment.ProcessorCount);
/// var options = new PruneOptions
/// {
///     Method = new Wanda(),
///     Allocation = new OwlAllocation(new OwlOptions { M = 3 }),
///     Sparsity = 0.6,
///     Calibration = new CalibrationOptions { File = "c4.jsonl" },
/// };
/// var result = new BlockwisePruner(backend).Run("models/llama", "models/llama-60", options);
/// Console.WriteLine(result.Sparsity);
/// </code></example>
public sealed class BlockwisePruner(IBackend backend, ILogger? logger = null)
{
    private readonly ILogger log = logger ?? NullLogger.Instance;

    /// <summary>Name of the file in the output folder that holds the <see cref="PruneResult"/>.</summary>
    public const string ResultFileName = PruneResult.FileName;

    /// <summary>Those behind a block, and those behind the block before it while the journal moves on.</summary>
    private const int CopiesOfHiddenStates = 2;

    /// <summary>
    /// The most memory in bytes that a run may need, by its estimate; null for what the machine has. Results do not depend on it.
    /// </summary>
    public long? MaxMemoryBytes { get; init; }

    /// <summary>The known architectures; null means all of the project.</summary>
    public ArchitectureRegistry? Architectures { get; init; }

    /// <summary>Whether an allocation keeps its hidden states on disk. Results do not depend on it.</summary>
    public StateJournal Journal { get; init; }

    /// <summary>
    /// The processes that prune together: calibration is shared among them, all come to the same masks, and the first writes. The result is that of
    /// one process up to the rounding of sums. A run that was interrupted can be resumed by any number of processes.
    /// </summary>
    public ProcessGroup Group { get; init; } = ProcessGroup.Single;

    /// <summary>Told what a run is going to take, before it starts.</summary>
    public Action<RunPlan>? Planned { get; init; }

    /// <summary>Told of the calibration sequences, before the run starts; not where none are needed.</summary>
    public Action<CalibrationSet>? Calibrated { get; init; }

    /// <summary>
    /// Told of the complete model before it is published, with the folder that it lies in until then: the time to add records to it.
    /// </summary>
    public Action<string, PruneResult>? Completed { get; init; }

    /// <summary>How many bytes are free where a path lies; null where that cannot be told.</summary>
    internal Func<string, long?> FreeBytes { get; init; } = FreeSpace.Available;

    /// <summary>Prunes a model.</summary>
    /// <param name="input">A model folder in Hugging Face layout; it is only read.</param>
    /// <param name="output">The folder to create, see <see cref="OutputFolder"/>.</param>
    /// <param name="options">What to do.</param>
    /// <param name="existing">What to do with an output or an unfinished run that is there.</param>
    /// <param name="progress">Told of every phase, batch and layer.</param>
    /// <param name="cancellationToken">Stops between batches, layers or tensors; finished blocks are kept for a resume.</param>
    /// <exception cref="InvalidInputException">
    /// Model, data, options or folders are wrong, a resumed run was another one, or memory is too little.
    /// </exception>
    /// <exception cref="RunFailedException">Numbers are not finite, or the output cannot be written; nothing of it is left.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public PruneResult Run(
        string input,
        string output,
        PruneOptions options,
        ExistingOutput existing = ExistingOutput.Refuse,
        IProgress<PruneProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var task = PruneTask.Of(options) with { ExchangeBytes = Group.ExchangeBytes };
        RequireShared(options.Allocation);
        using var folder = SharedFolder.Open(Group, output, [input, options.Calibration?.File], existing, RunFiles.JournalName);
        var files = new RunFiles(folder);
        var journal = folder.IsResumed ? RunJournal.Read(files.Journal) : null;
        using var pretrained = PretrainedModel.Open(input, architectures: Architectures);
        RequireTrained(pretrained);
        var leftOut = options.Layers.Apply(pretrained.Model);
        CheckLayers(task, pretrained.Model, options);
        var calibration = PruneTask.NeedsCalibration(options)
            ? CalibrationLoader.Load(options.Calibration!, pretrained, cancellationToken)
            : null;
        if (calibration is not null)
        {
            Calibrated?.Invoke(calibration);
        }

        var description = options.Describe(backend.Precision);
        string fingerprint = ModelFingerprint.Compute(pretrained);
        var key = RunKey.Of(description, calibration?.Provenance, fingerprint);
        Group.RequireSame(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', key))), "model, data and options");
        if (folder.IsFinished)
        {
            return Group.HasOthers ? ExistingRun.Finished(folder, key, Group) : ExistingRun.Finished(folder, key);
        }

        RunKey.RequireSame(journal?.Key ?? key, key, folder.Work);
        bool isResumed = journal is not null;
        journal ??= new RunJournal { Key = key, WrittenTensors = 0, Blocks = [] };
        int resumed = journal.Blocks.Count;
        log.Started(pretrained.Folder, options.Method.Name, options.Allocation.Name, task.Sparsity);
        if (isResumed)
        {
            log.Resumed(resumed);
        }

        using var writer = new PrunedModelWriter(pretrained, files.Model, options.ShardBytes, options.Quantization);
        if (Group.IsFirst && journal.WrittenSha256 is { } written)
        {
            writer.Restore(journal.WrittenTensors, written);
        }

        var shape = calibration?.Shape;
        var plan = MemoryGuard.Require(pretrained, options.Allocation, task, shape, MaxMemoryBytes);
        bool isAllocated = isResumed && File.Exists(files.Allocation);
        long? free = FreeBytes(folder.Target);
        bool keepsStates = Journal switch
        {
            StateJournal.Auto => free is null || plan.StateBytes - files.SavedBytes <= free,
            var journaling => journaling == StateJournal.Block,
        } && Group.IsFirst;
        plan = plan with { StateBytes = keepsStates && !isAllocated ? plan.StateBytes : 0 };
        Planned?.Invoke(plan);
        log.Planned(plan.Memory.PeakBytes, plan.StateBytes, plan.FloatingPointOperations);
        if (Group.IsFirst)
        {
            FreeSpace.Require(
                folder.Target,
                Math.Max(plan.StateBytes, writer.RemainingBytes + (CopiesOfHiddenStates * plan.Memory.HiddenStateBytes)) - files.SavedBytes,
                free);
        }

        using var computation = new BlockComputation(pretrained.Model, backend, calibration, progress, Group);
        var loop = new BlockLoop(pretrained, files, writer, computation, progress, Group);
        loop.Restore(journal);
        files.Begin();
        try
        {
            using var shared = new LoadedParameters(pretrained, calibration is null ? [] : pretrained.Model.SharedParameters, cancellationToken);
            if (options.Allocation.KeepsState && !isResumed && Group.IsFirst)
            {
                journal.Write(files.Journal);
            }

            var allocated = AllocationStore.Load(files.Allocation, pretrained.Model.Blocks) ?? Allocate();
            files.ClearAllocationState();
            var blocks = loop.Run(
                journal, block => Log(computation.Prune(block, task.Pruner, allocated.Plan, cancellationToken)), cancellationToken);
            var result = new PruneResult
            {
                Sparsity = (double)blocks.Sum(Zeros) / blocks.Sum(Elements),
                Zeros = blocks.Sum(Zeros),
                Elements = blocks.Sum(Elements),
                OtherElements = writer.OtherElements,
                LeftOut = leftOut.Count == 0 ? null : leftOut,
                Blocks = blocks,
                Options = description,
                Calibration = calibration?.Provenance,
                ModelFingerprint = fingerprint,
                Allocation = allocated.Report,
                Memory = plan.Memory,
                FloatingPointOperations = plan.FloatingPointOperations,
            };
            if (Group.IsFirst)
            {
                AtomicFile.WriteAllBytes(
                    Path.Combine(files.Model, ResultFileName), JsonSerializer.SerializeToUtf8Bytes(result, PruningJson.Default.PruneResult));
                Completed?.Invoke(files.Model, result with { ResumedBlocks = resumed });
            }

            folder.Publish();
            log.Published(folder.Target, result.Sparsity);
            return result with { ResumedBlocks = resumed };
        }
        catch (Exception exception) when (exception is SparsumException || !File.Exists(files.Journal))
        {
            // What failed would fail again, and what has no journal cannot be resumed: nothing of it may lie about.
            writer.Dispose();
            folder.Discard();
            throw;
        }

        (SparsityPlan Plan, JsonObject? Report) Allocate()
        {
            var found = options.Allocation.Allocate(
                new AllocationContext
                {
                    Pretrained = pretrained,
                    Task = task,
                    Calibration = calibration,
                    Backend = backend,
                    Progress = progress,
                    StateFolder = files.AllocationState,
                    KeepsStates = keepsStates,
                    Group = Group,
                },
                cancellationToken);
            return AllocationStore.Keep(files.Allocation, EqualZeros.Apply(found.Plan, pretrained.Model.Blocks, task), found.Report);
        }
    }

    /// <summary>Refuses an allocation of whose work every process would do all.</summary>
    private void RequireShared(IAllocation allocation)
    {
        if (Group.HasOthers && !allocation.SharesWork)
        {
            throw new InvalidInputException("not-shared", $"The allocation '{allocation.Name}' cannot be shared by processes.")
            {
                Option = "allocation",
                Found = FormattableString.Invariant($"{allocation.Name} with {Group.Size} processes"),
                Expected = "an allocation whose passes over the calibration sequences are sums: uniform, owl, alphapruning, neuronal, or ratios of a file",
                Hint = "Prune in one process, or let one process find the ratios and give them with `ratios`.",
            };
        }
    }

    /// <summary>
    /// The head of an encoder takes no part in pruning: one that was saved without, as sentence encoders are, is pruned as it is.
    /// </summary>
    private static void RequireTrained(PretrainedModel pretrained)
    {
        var head = pretrained.Model.TaskHead is null ? [] : pretrained.Model.HeadParameters.Select(parameter => parameter.Name);
        if (pretrained.FreshParameters.Except(head).Any())
        {
            pretrained.RequireTrained();
        }
    }

    private static void CheckLayers(AllocationTask task, TransformerModel model, PruneOptions options)
    {
        if (!options.Allocation.SparesBlocks && model.Blocks.FirstOrDefault(block => block.Linears.Count == 0) is { } spared)
        {
            throw new InvalidInputException("block-left-out", $"The allocation '{options.Allocation.Name}' needs layers in every block.")
            {
                Option = "exclude",
                Found = $"no layer of {spared.Name} is selected",
                Hint = "Leave some of its layers in, or use `allocation uniform` or `allocation owl`.",
            };
        }

        options.Allocation.CheckModel(model);
        var target = new LayerTarget(task.Sparsity) { Pattern = task.Masks.Pattern };
        foreach (var linear in model.Blocks.SelectMany(block => block.Linears))
        {
            task.Pruner.Check(linear, target);
        }
    }

    private BlockSparsity Log(BlockSparsity block)
    {
        log.BlockDone(block.Index, block.Sparsity);
        foreach (var layer in block.Layers.Where(layer => layer.Note is not null))
        {
            log.LayerNote(block.Index, layer.Name, layer.Note!);
        }

        return block;
    }

    private static long Zeros(BlockSparsity block) => block.Layers.Sum(layer => layer.Zeros);

    private static long Elements(BlockSparsity block) => block.Layers.Sum(layer => layer.Elements);
}

/// <summary>
/// Whether an allocation keeps its hidden states on disk behind every block, so that an interrupted search goes on there. They are kept as
/// the search holds them, and results do not depend on it.
/// </summary>
public enum StateJournal
{
    /// <summary>If they fit.</summary>
    Auto,

    /// <summary>No: an interrupted search starts again with the step that it was at.</summary>
    None,

    /// <summary>Yes; a run for which the disk has too little space is refused.</summary>
    Block,
}
