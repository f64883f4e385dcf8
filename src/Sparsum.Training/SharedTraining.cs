using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Sparsum.Core;
using Sparsum.Tensors.Autograd;
using Sparsum.Training.Checkpoints;
using Sparsum.Training.Data;

namespace Sparsum.Training;

/// <summary>What a <see cref="Trainer"/> does with the others of its <see cref="ProcessGroup"/>; nothing where it is alone.</summary>
internal static class SharedTraining
{
    /// <summary>Refuses processes that would not train the same, and hooks and options that cannot be shared.</summary>
    /// <exception cref="InvalidInputException">Some would not.</exception>
    public static void Check(Trainer trainer)
    {
        var group = trainer.Group;
        if (!group.HasOthers)
        {
            return;
        }

        if (trainer.Hooks.Any(hook => hook.Loss is not null))
        {
            throw new InvalidInputException("not-shared", "A method with a loss of its own, such as that of a student and its teacher, cannot be shared by processes.")
            {
                Option = "engine",
                Found = FormattableString.Invariant($"{group.Size} processes"),
                Expected = "one process",
                Hint = "Train in one process, or without a teacher.",
            };
        }

        if (trainer.Options.MicroBatchSize < group.Size)
        {
            throw new InvalidInputException("not-shared", "Fewer examples pass through the model at once than there are processes to share them.")
            {
                Option = "micro-batch-size",
                Found = FormattableString.Invariant($"{trainer.Options.MicroBatchSize} for {group.Size} processes"),
                Expected = FormattableString.Invariant($"at least {group.Size}"),
                Hint = "Raise `micro-batch-size`, which counts the examples of all processes, or leave it out.",
            };
        }

        group.RequireSame(SHA256.HashData(Encoding.UTF8.GetBytes(RunFingerprint.Of(trainer))), "data and options");
        group.RequireSame(HashWeights(trainer), "weights");
        group.RequireSame(BitConverter.GetBytes(trainer.Optimizer.StepCount), "checkpoint");
    }

    /// <summary>The rows of a part of a batch that this process takes; null where there are fewer rows than processes and it takes none.</summary>
    public static TrainingBatch? ShareOf(TrainingBatch part, ProcessGroup group, Tape tape)
    {
        if (!group.HasOthers)
        {
            return part;
        }

        var rows = group.ShareOf(part.Examples.Count);
        int count = rows.End.Value - rows.Start.Value;
        if (count == 0)
        {
            return null;
        }

        tape.BeginShare(rows.Start.Value, count);
        return part.Share(rows);
    }

    /// <summary>Sums the gradients over all processes, and with them the loss and whether one is asked to stop.</summary>
    public static (double Loss, bool IsStopping) Sum(Trainer trainer, double loss, bool isStopping)
    {
        double[] numbers = [loss, isStopping ? 1 : 0];
        trainer.Group.Sum<double>(numbers);
        if (double.IsFinite(numbers[0]))
        {
            var parameters = trainer.Optimizer.Parameters;
            trainer.Group.Sum(parameters.Count, index => parameters[index].Parameter.Gradient!.Span);
        }

        return (numbers[0], numbers[1] > 0);
    }

    /// <summary>Stops a run whose processes have come apart, before a checkpoint of it is written.</summary>
    /// <exception cref="RunFailedException">They have.</exception>
    public static void RequireEqualWeights(Trainer trainer)
    {
        if (trainer.Group.HasOthers)
        {
            trainer.Group.RequireEqual(HashWeights(trainer), "weights");
        }
    }

    private static byte[] HashWeights(Trainer trainer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var parameter in trainer.Model.Parameters)
        {
            hash.AppendData(MemoryMarshal.AsBytes(parameter.Value.Span));
        }

        return hash.GetHashAndReset();
    }
}
