using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Training.Data;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;

namespace Sparsum.Training.Checkpoints;

/// <summary>
/// The state of a run in one safetensors file: weights, moments, step, position in the data, the heads and neurons that are left, and what
/// hooks keep. Shuffling and dropout are functions of seed and position, so nothing else is needed to go on with the same bits. Written
/// beside the target and renamed, so that a reader sees the old state or the new.
/// </summary>
internal static class TrainingCheckpoint
{
    private const string ProgressName = "progress";
    private const string FingerprintKey = "run";

    /// <summary>Writes the state.</summary>
    /// <exception cref="RunFailedException">It could not be written; the target is as it was.</exception>
    public static void Save(string file, Trainer trainer)
    {
        var tensors = StateTensors(trainer.Optimizer).ToList();
        var parts = RemovableParts.Of(trainer.Model);
        var kept = HookState.Save(trainer.Hooks);
        long[] progress =
        [
            trainer.Optimizer.StepCount,
            trainer.Position.Epoch,
            trainer.Position.Batch,
            BitConverter.DoubleToInt64Bits(trainer.LossSum),
        ];
        var layout = new SafetensorsLayout(
            [
                new TensorInfo(ProgressName, TensorDataType.I64, [progress.Length]),
                .. parts.Select(part => new TensorInfo(part.Name, TensorDataType.I64, [part.Kept.Count])),
                .. kept.Select(list => new TensorInfo(list.Name, TensorDataType.I64, [list.Bits.Length])),
                .. tensors.Select(item => new TensorInfo(item.Name, TensorDataType.F32, item.Tensor.Shape.ToArray())),
            ],
            new Dictionary<string, string> { [FingerprintKey] = RunFingerprint.Of(trainer) });
        using var writer = SafetensorsWriter.Create(file, layout);
        writer.WriteIntegers(ProgressName, progress);
        foreach (var part in parts)
        {
            writer.WriteIntegers(part.Name, [.. part.Kept.Select(number => (long)number)]);
        }

        foreach (var (name, bits) in kept)
        {
            writer.WriteIntegers(name, bits);
        }

        foreach (var (name, tensor) in tensors)
        {
            writer.Write(name, tensor.Span);
        }

        writer.Complete();
    }

    /// <summary>Reads the state into a trainer of the same run; what was removed by then is removed.</summary>
    /// <exception cref="InvalidInputException">
    /// The file belongs to another run, which leaves the trainer as it was; or it is damaged, after which the trainer is of no use.
    /// </exception>
    public static void Restore(string file, Trainer trainer)
    {
        using var checkpoint = SafetensorsFile.Open(file);
        if (checkpoint.Metadata.GetValueOrDefault(FingerprintKey) != RunFingerprint.Of(trainer))
        {
            throw new InvalidInputException("other-run", $"'{file}' is not the state of a run with this data and these options.")
            {
                File = file,
                Hint = "Resume with the model, data and options that the run was started with.",
            };
        }

        var (step, position, lossSum) = ReadProgress(checkpoint, file, trainer.Data.BatchesPerEpoch);
        RemoveParts(checkpoint, file, trainer);
        foreach (var (name, tensor) in StateTensors(trainer.Optimizer))
        {
            CheckShape(checkpoint, file, name, tensor);
            checkpoint.Read(name, tensor.Span);
        }

        HookState.Restore(checkpoint, trainer.Hooks);
        trainer.Optimizer.StepCount = step;
        trainer.Position = position;
        trainer.LossSum = lossSum;
    }

    private static IEnumerable<(string Name, Tensor Tensor)> StateTensors(Optimizer optimizer) => optimizer.Parameters.SelectMany(state =>
        new[]
        {
            ($"weight.{state.Parameter.Name}", state.Parameter.Value),
            ($"first_moment.{state.Parameter.Name}", state.FirstMoment),
            ($"second_moment.{state.Parameter.Name}", state.SecondMoment),
        });

    private static (int Step, DataPosition Position, double LossSum) ReadProgress(ICheckpoint checkpoint, string file, int batchesPerEpoch)
    {
        long[] progress = checkpoint.ReadIntegers(ProgressName);
        bool isWhole = progress.Length == 4
            && progress[1] is >= 0 and < int.MaxValue
            && progress[2] >= 0 && progress[2] <= batchesPerEpoch
            && progress[0] == (progress[1] * batchesPerEpoch) + progress[2]
            && progress[0] <= int.MaxValue;
        return isWhole
            ? ((int)progress[0], new DataPosition((int)progress[1], (int)progress[2]), BitConverter.Int64BitsToDouble(progress[3]))
            : throw Damaged(file, $"{ProgressName}: {string.Join(", ", progress)}", "step, epoch and batch that agree, and a loss");
    }

    private static void RemoveParts(SafetensorsFile checkpoint, string file, Trainer trainer)
    {
        foreach (var part in RemovableParts.Of(trainer.Model))
        {
            int[] kept = [.. checkpoint.ReadIntegers(part.Name).Select(number => (int)number)];
            if (kept.Length == 0 || kept.Except(part.Kept).Any())
            {
                throw Damaged(file, $"{part.Name}: {string.Join(", ", kept.Take(8))}", $"some of {IndexList.Format(part.Kept)}");
            }

            int[] removed = [.. part.Kept.Except(kept)];
            if (removed.Length > 0)
            {
                trainer.Optimizer.Cut(part.Remove(removed));
            }
        }
    }

    private static void CheckShape(SafetensorsFile checkpoint, string file, string name, Tensor tensor)
    {
        var stored = checkpoint.Tensors.GetValueOrDefault(name);
        if (stored is not { DataType: TensorDataType.F32 } || !tensor.Shape.SequenceEqual([.. stored.Shape]))
        {
            string found = stored is null ? "nothing" : $"{stored.DataType.SafetensorsName()} {Tensor.FormatShape([.. stored.Shape])}";
            throw Damaged(file, $"{name}: {found}", $"F32 {Tensor.FormatShape(tensor.Shape)}");
        }
    }

    private static InvalidInputException Damaged(string file, string found, string expected) =>
        new("bad-training-state", $"'{file}' does not hold the state of a run of this model.")
        {
            File = file,
            Found = found,
            Expected = expected,
            Hint = "Resume with the model that the run was started with, or start anew.",
        };
}
