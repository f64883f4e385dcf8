using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>One plan that a step tries.</summary>
/// <param name="Lambda">The lambda that it was made with.</param>
/// <param name="Targets">For each block, the target of each of its layers in order.</param>
internal sealed record Candidate(double Lambda, IReadOnlyList<IReadOnlyList<LayerTarget>> Targets);
