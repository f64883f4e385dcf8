using Sparsum.Cli;

namespace Sparsum.Stress;

/// <summary>What runs leave and read again: checkpoints, journals and states of interrupted ones, the records of finished ones.</summary>
/// <param name="root">Where they lie.</param>
/// <param name="inputs">Small models and texts.</param>
internal sealed class MutatedRuns(string root, SmallInputs inputs)
{
    /// <summary>All of them.</summary>
    public IEnumerable<MutatedFormat> All()
    {
        string[] train = ["train", inputs.Encoder, "--task", "sst2", "--data", inputs.At("sst2"), "--batch-size", "8", "--epochs", "2", "--checkpoint-steps", "2", "--method", "l1", "--sparsity", "0.5", "--best", "--eval-steps", "2"];
        string[] prune = ["prune", inputs.Model, "--calibration", inputs.Text, "--samples", "24", "--sequence-length", "32"];
        string[] search = [.. prune, "--allocation", "neuronal", "--journal", "block"];
        string[] pretrain = ["pretrain", inputs.LlamaConfig, .. inputs.Pretraining];
        return
        [
            .. Interrupted("train", "checkpoint.safetensors", train),
            .. Interrupted("pretrain", "checkpoint.safetensors", pretrain),
            .. Interrupted("prune", "journal.json", prune),
            .. Interrupted("search", "allocation*", search),
            .. Finished("train", train),
            .. Finished("prune", prune),
            .. Swept(),
        ];
    }

    /// <summary>The work folder of a run that was stopped once a file was there; it is gone on with.</summary>
    private IEnumerable<MutatedFormat> Interrupted(string name, string awaited, string[] line)
    {
        string output = Path.Combine(root, "interrupted-" + name);
        string work = output + ".partial";
        using var stop = new CancellationTokenSource();
        var run = new Thread(() => SparsumCommand.Run([.. SmallInputs.WithoutVerdict(line), "-o", output, "--threads", "1"], TextWriter.Null, TextWriter.Null, stop.Token));
        run.Start();
        while (run.IsAlive && !(Directory.Exists(work) && Directory.EnumerateFiles(work, awaited, SearchOption.AllDirectories).Any()))
        {
            Thread.Sleep(1);
        }

        stop.Cancel();
        run.Join();
        if (!Directory.Exists(work))
        {
            throw new InvalidOperationException($"{name} ended before it was stopped.");
        }

        string kept = MutatedFormat.Copy(work, Path.Combine(root, "kept-" + name));
        return Files(name + " to resume", work, [.. line, "-o", output, "--resume"], () =>
        {
            MutatedFormat.Delete(output);
            MutatedFormat.Delete(work);
            MutatedFormat.Copy(kept, work);
        });
    }

    /// <summary>The folder of a run that is over; going on with it says so.</summary>
    private IEnumerable<MutatedFormat> Finished(string name, string[] line)
    {
        string output = Path.Combine(root, "finished-" + name);
        SmallInputs.Require([.. line, "-o", output]);
        string kept = MutatedFormat.Copy(output, Path.Combine(root, "over-" + name));
        return Files("finished " + name, output, [.. line, "-o", output, "--resume"], () =>
        {
            MutatedFormat.Delete(output);
            MutatedFormat.Copy(kept, output);
        }).Where(format => format.Name.EndsWith(".json", StringComparison.Ordinal));
    }

    /// <summary>The folder of a sweep; its finished runs are read again.</summary>
    private IEnumerable<MutatedFormat> Swept()
    {
        string output = Path.Combine(root, "swept");
        string[] line = ["sweep", inputs.At("recipe.json"), "-o", output];
        SmallInputs.Require(line);
        string kept = MutatedFormat.Copy(output, Path.Combine(root, "kept-sweep"));
        return Files("sweep", output, line, () =>
        {
            MutatedFormat.Delete(output);
            MutatedFormat.Copy(kept, output);
        }).DistinctBy(format => format.Name);
    }

    /// <summary>Files that no run reads again, or that have a format of their own.</summary>
    private static bool IsCompanion(string name) => name is "merges.txt" or "vocab.json" or "vocab.txt" or "tables.md" or "log.txt" or "log.jsonl"
        || name.StartsWith("tokenizer", StringComparison.Ordinal) || name.StartsWith("special_tokens", StringComparison.Ordinal);

    private static List<MutatedFormat> Files(string name, string folder, string[] line, Action reset)
    {
        reset();
        return
        [
            .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Where(file => new FileInfo(file).Length > 0 && !IsCompanion(Path.GetFileName(file)))
                .Select(file => MutatedFormat.Of($"{name}: {Path.GetFileName(file)}", file, line) with { Reset = reset }),
        ];
    }
}
