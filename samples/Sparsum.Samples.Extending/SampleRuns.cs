using System.Globalization;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Samples.Extending;

/// <summary>Prunes a model with each thing that this sample adds.</summary>
public static class SampleRuns
{
    /// <summary>Runs them.</summary>
    /// <param name="output">Told of each result.</param>
    /// <param name="args">The model folder, the calibration file, and the folder for the results.</param>
    public static int Run(TextWriter output, string[] args)
    {
        if (args.Length != 3)
        {
            output.WriteLine("Usage: Sparsum.Samples.Extending MODEL CALIBRATION OUT");
            return 2;
        }

        var usual = new PruneOptions { Sparsity = 0.5, Calibration = new CalibrationOptions { File = args[1] } };
        (string Name, PruneOptions Options)[] runs =
        [
            ("a saliency", usual with { Method = new DampedWanda() }),
            ("a pruning method", usual with { Method = new RescalingMethod(new RescalingOptions { Strength = 0.5 }) }),
            ("an allocation", usual with { Allocation = new LoudBlocks(difference: 0.25) }),
            ("a refinement", usual with { Refinement = new KeepLoudestInput() }),
        ];
        using var backend = new CpuBackend(Environment.ProcessorCount);
        foreach (var (name, options) in runs)
        {
            var result = new BlockwisePruner(backend).Run(args[0], Path.Combine(args[2], name.Replace(' ', '-')), options);
            string blocks = string.Join(' ', result.Blocks.Select(block => block.Sparsity.ToString("0.000", CultureInfo.InvariantCulture)));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: sparsity {result.Sparsity:0.000}, by block {blocks}"));
        }

        return 0;
    }
}
