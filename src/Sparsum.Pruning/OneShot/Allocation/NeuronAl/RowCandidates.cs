using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>The plans of the row step.</summary>
internal static class RowCandidates
{
    /// <summary>One for each lambda, all around the block step's choice.</summary>
    public static IReadOnlyList<Candidate> Create(
        IReadOnlyList<TransformerBlock> blocks, Candidate chosen, RowSignals signals, SearchRules options) =>
    [
        .. options.RowLambdas.Select(lambda => new Candidate(
            lambda,
            [.. blocks.Select(block => block.Linears.Select((layer, place) =>
                ToTarget(signals.Of(block, layer), layer, chosen.Targets[block.Index][place].Ratio, lambda, options)).ToArray())])),
    ];

    private static LayerTarget ToTarget(float[]? signal, Linear layer, double ratio, double lambda, SearchRules options) => new(ratio)
    {
        RowRatios = RowRatios.Of(signal, layer.OutputSize, ratio, lambda),
        RowRounding = options.RowRounding,
    };
}
