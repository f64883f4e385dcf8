using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>
/// A block schedule in N:M patterns: each layer prunes a whole number of every <c>M</c> weights, and what rounding gives or takes is carried
/// to the next layer of the same size. So the numbers follow the schedule, vary within a block too, and their mean over all weights is the
/// target exactly.
/// </summary>
internal static class PatternSchedule
{
    /// <summary>The target of every layer; null where the numbers cannot stay within a group and meet the target.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="ratios">The schedule.</param>
    /// <param name="pattern">The target.</param>
    public static LayerTarget[][]? Targets(IReadOnlyList<TransformerBlock> blocks, IReadOnlyList<double> ratios, NmPattern pattern)
    {
        int[][] counts = [.. blocks.Select(block => new int[block.Linears.Count])];
        var places = blocks.SelectMany(block => block.Linears.Select((linear, place) => (Block: block.Index, Place: place, Size: BlockSizes.Of(linear))));
        foreach (var alike in places.GroupBy(place => place.Size).Select(group => group.ToList()))
        {
            // Centred on the target, for layers of one size may be spread over blocks unevenly.
            double shift = pattern.PrunedPerGroup - alike.Average(place => ratios[place.Block] * pattern.GroupSize);
            double owed = 0;
            foreach (var (block, place, _) in alike)
            {
                owed += (ratios[block] * pattern.GroupSize) + shift;
                int count = Math.Clamp((int)Math.Round(owed), 0, pattern.GroupSize - 1);
                owed -= count;
                counts[block][place] = count;
            }

            if (alike.Sum(place => counts[place.Block][place.Place]) != alike.Count * pattern.PrunedPerGroup)
            {
                return null;
            }
        }

        return [.. counts.Select(block => block.Select(count => ToTarget(count, pattern.GroupSize)).ToArray())];
    }

    private static LayerTarget ToTarget(int prunedPerGroup, int groupSize) => new((double)prunedPerGroup / groupSize)
    {
        Pattern = new NmPattern(prunedPerGroup, groupSize),
    };
}
