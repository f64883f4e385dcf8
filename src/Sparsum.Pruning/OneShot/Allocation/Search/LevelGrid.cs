using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// The levels that each part of a model can be pruned to. A part is a block or a layer; its level is a whole number, 0 at the target and up to
/// the sparse side. One level of any part is a whole number of quanta, a fixed number of weights, so that levels whose quanta sum to 0 meet
/// the target over all weights exactly.
/// </summary>
internal sealed class LevelGrid
{
    private readonly AllocationTask task;
    private readonly double[] steps;
    private readonly int[] least;
    private readonly int[] most;

    /// <summary>Lays out the levels.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="task">Target and shape of masks; a pattern's levels are its numbers of pruned weights per group.</param>
    /// <param name="granularity">What a part is.</param>
    /// <param name="step">One level of the smallest part, as a share of its weights; others come as near as quanta allow.</param>
    /// <param name="reach">How far from the target a level may be.</param>
    public LevelGrid(IReadOnlyList<TransformerBlock> blocks, AllocationTask task, SearchGranularity granularity, double step, double reach)
    {
        this.task = task;
        Parts = granularity == SearchGranularity.Block
            ? [.. blocks.Select(block => new LevelPart(block.Index, [.. Enumerable.Range(0, block.Linears.Count)], block.Linears.Sum(BlockSizes.Of)))]
            : [.. blocks.SelectMany(block => block.Linears.Select((layer, place) => new LevelPart(block.Index, [place], BlockSizes.Of(layer))))];
        if (task.Masks.Pattern is { } pattern)
        {
            long common = Parts.Select(part => part.Weights).Aggregate(GreatestCommonDivisor);
            Quanta = [.. Parts.Select(part => checked((int)(part.Weights / common)))];
            steps = [.. Parts.Select(_ => 1.0 / pattern.GroupSize)];
            least = [.. Parts.Select(_ => -Math.Min(pattern.PrunedPerGroup, Levels(reach, 1.0 / pattern.GroupSize)))];
            most = [.. Parts.Select(_ => Math.Min(pattern.GroupSize - 1 - pattern.PrunedPerGroup, Levels(reach, 1.0 / pattern.GroupSize)))];
            return;
        }

        long smallest = Parts.Min(part => part.Weights);
        Quanta = [.. Parts.Select(part => Math.Max(1, (int)Math.Round((double)part.Weights / smallest)))];
        steps = [.. Parts.Select((part, i) => Quanta[i] * step * smallest / part.Weights)];
        least = [.. steps.Select(one => -Levels(Math.Min(reach, task.Sparsity), one))];
        most = [.. steps.Select(one => Levels(Math.Min(reach, Math.Max(0, HighestRatio - task.Sparsity)), one))];
    }

    /// <summary>The highest ratio of a level: beyond it a row of few columns would be empty.</summary>
    private const double HighestRatio = 0.98;

    /// <summary>The parts, in the order of the computation.</summary>
    public IReadOnlyList<LevelPart> Parts { get; }

    /// <summary>For each part the quanta of one level.</summary>
    public IReadOnlyList<int> Quanta { get; }

    /// <summary>The lowest level of a part, at most 0.</summary>
    public int Least(int part) => least[part];

    /// <summary>The highest level of a part, at least 0.</summary>
    public int Most(int part) => most[part];

    /// <summary>Keeps a part at the target: one whose weights are not pruned in the end.</summary>
    public void Fix(int part) => least[part] = most[part] = 0;

    /// <summary>Whether a part has one level only.</summary>
    public bool IsFixed(int part) => least[part] == most[part];

    /// <summary>What one level of a part is, as a share of its weights.</summary>
    public double StepOf(int part) => steps[part];

    /// <summary>A zero for each level of each part.</summary>
    public double[][] PerLevel() => [.. least.Zip(most, (from, to) => new double[to - from + 1])];

    /// <summary>The ratio of a part at a level.</summary>
    public double Ratio(int part, int level) => task.Sparsity + (level * steps[part]);

    /// <summary>What a layer of a part becomes at a level.</summary>
    public LayerTarget Target(int part, int level) => task.Masks.Pattern is { } pattern && pattern.PrunedPerGroup + level is var count
        ? new LayerTarget((double)count / pattern.GroupSize) { Pattern = count == 0 ? null : new NmPattern(count, pattern.GroupSize) }
        : new LayerTarget(Ratio(part, level));

    /// <summary>The quanta by which levels miss the target; 0 where they meet it.</summary>
    public long Excess(IReadOnlyList<int> levels) => levels.Select((level, part) => (long)level * Quanta[part]).Sum();

    /// <summary>The levels that meet the target and are nearest to some ratios, in squares over weights; null where none meet it.</summary>
    /// <param name="ratios">The ratio of each part.</param>
    public int[]? Nearest(IReadOnlyList<double> ratios) => LevelSolver.Solve(
        [.. Parts.Select((part, i) => Options(i).Select(level => new LevelOption(
            level, (long)level * Quanta[i], part.Weights * Math.Pow(Ratio(i, level) - ratios[i], 2))).ToArray())]);

    /// <summary>The levels of a part in order.</summary>
    public IEnumerable<int> Options(int part) => Enumerable.Range(least[part], most[part] - least[part] + 1);

    private static int Levels(double distance, double step) => (int)Math.Floor((distance / step) + 1e-9);

    private static long GreatestCommonDivisor(long a, long b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}

/// <summary>Some layers of a block that share a level.</summary>
/// <param name="Block">The index of the block.</param>
/// <param name="Places">The places of the layers among the block's.</param>
/// <param name="Weights">How many weights they have.</param>
internal sealed record LevelPart(int Block, IReadOnlyList<int> Places, long Weights);
