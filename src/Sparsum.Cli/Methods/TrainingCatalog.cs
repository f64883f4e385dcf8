using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Gates.Structure;
using Sparsum.Pruning.SparseTraining.Methods;

namespace Sparsum.Cli.Methods;

/// <summary>The names of sparse training: the one place where a method gets one.</summary>
internal static class TrainingCatalog
{
    /// <summary>What <c>--method</c> can be, plain training first.</summary>
    public static IReadOnlyList<MethodEntry<ISparseMethod>> Methods { get; } =
    [
        MethodEntry<ISparseMethod>.Of("dense", new DenseOptions(), options => new DenseMethod(options)),
        MethodEntry<ISparseMethod>.Of("magnitude", new MagnitudeOptions(), options => new MagnitudeMethod(options)),
        MethodEntry<ISparseMethod>.Of("l1", new L1Options(), options => new L1Method(options)),
        MethodEntry<ISparseMethod>.Of("neuroprune", new NeuroPruneOptions(), options => new NeuroPruneMethod(options), NeuroPruneOptions.Literal),
        MethodEntry<ISparseMethod>.Of("neuroprune-ramp", NeuroPruneOptions.Ramp, options => new NeuroPruneMethod(options)) with
        {
            Description = "NeuroPrune's penalties, weak, along a magnitude ramp to a sparsity, and elimination of redundant heads.",
        },
        MethodEntry<ISparseMethod>.Of("cofi", new CofiOptions(), options => new CofiMethod(options)),
        MethodEntry<ISparseMethod>.Of("michel", new MichelOptions(), options => new MichelMethod(options)),
        MethodEntry<ISparseMethod>.Of("voita", new VoitaOptions(), options => new VoitaMethod(options)),
        MethodEntry<ISparseMethod>.Of("dsp", new DspOptions(), options => new DspMethod(options)),
    ];
}
