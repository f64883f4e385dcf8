using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Compaction;

/// <summary>What compaction does to a model.</summary>
/// <param name="Blocks">One plan per block, sizes settled.</param>
/// <param name="Uniform">The sizes of every block, in a uniform model.</param>
/// <param name="Remarks">What a user should know of the choices.</param>
internal sealed record ModelPlan(IReadOnlyList<BlockPlan> Blocks, LayerSizes? Uniform, IReadOnlyList<string> Remarks);
