using System.Globalization;
using Sparsum.Core;
using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining.Targets;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Steps;

/// <summary>Removes heads over all modules of a model: those that are similar at θ, or so many that a number is left.</summary>
internal sealed class HeadSchedule
{
    private const string StatePrefix = "heads.";
    private const string ThetaName = "heads.theta";
    private readonly HeadEliminationOptions options;
    private readonly IReadOnlyList<HeadModule> modules;
    private readonly int? target;
    private readonly int start;

    private HeadSchedule(IReadOnlyList<HeadModule> modules, HeadEliminationOptions options, int? target)
    {
        (this.modules, this.options, this.target) = (modules, options, target);
        Theta = options.Theta;
        start = Kept;
    }

    /// <summary>Heads that work, over all modules.</summary>
    public int Kept => modules.Sum(module => module.Kept);

    /// <summary>Heads wanted in the end; null where θ decides.</summary>
    public int? Target => target;

    /// <summary>θ of the last elimination; of the next one where θ is given.</summary>
    public double Theta { get; private set; }

    /// <summary>What became of every module.</summary>
    public IReadOnlyList<HeadHistory> History => [.. modules.Select(module => module.History)];

    /// <summary>
    /// The most regularised weights that reaching the wanted number can remove from now on; 0 where θ decides.
    /// </summary>
    public long Pending => target is not { } count || Kept <= count
        ? 0
        : modules.Where(module => module.IsFree).SelectMany(module => module.NonZeros()).OrderDescending().Take(Kept - count).Sum();

    /// <summary>Looks at the modules of a model.</summary>
    /// <exception cref="InvalidInputException">
    /// The model cannot have so few or so many heads, or without the others it is sparser than it is to be.
    /// </exception>
    public static HeadSchedule Create(TransformerModel model, HeadEliminationOptions options, SparseTargets targets)
    {
        var modules = AttentionPlace.Of(model).Select(place => new HeadModule(place, options)).ToList();
        var schedule = new HeadSchedule(modules, options, targets.Heads);
        int least = modules.Sum(module => module.IsFree ? 1 : module.Kept);
        if (targets.Heads is { } count && (count < least || count > schedule.Kept))
        {
            throw new InvalidInputException("unreachable-heads", "The model cannot end with this number of heads.")
            {
                Option = "heads",
                Found = count.ToString(CultureInfo.InvariantCulture),
                Expected = FormattableString.Invariant($"a number from {least} to {schedule.Kept}: one head stays in each of {modules.Count} modules"),
            };
        }

        schedule.RequireRoom(model, targets);
        return schedule;
    }

    /// <summary>How many heads an elimination at θ would remove now.</summary>
    public int RedundantNow() => Kept - ThetaSearch.HeadsKept(modules.Select(Distances), options.Theta);

    /// <summary>θ where steering is at a share, from 0 to 1, of its line.</summary>
    public double ThetaAt(double share) => options.ThetaMost is { } most ? options.Theta + ((most - options.Theta) * share) : options.Theta;

    /// <summary>Removes what is similar at θ, as long as no more than a number of nonzero regularised weights goes with it.</summary>
    /// <param name="optimizer">Follows the removal.</param>
    /// <param name="epoch">For the record.</param>
    /// <param name="theta">θ.</param>
    /// <param name="budget">The most weights that may go; θ is lowered to stay below.</param>
    /// <returns>Whether any head went.</returns>
    public bool Eliminate(Optimizer optimizer, int epoch, double theta, long budget = long.MaxValue)
    {
        int before = Kept;
        Theta = theta;
        float[][,] distances = [.. modules.Select(Distances)];
        long[][] weights = [.. modules.Select(module => module.NonZeros().ToArray())];
        foreach (double bound in ThetaSearch.Candidates(distances).Select(bound => (double)bound).Where(bound => bound < theta).Append(theta).Reverse())
        {
            int[][] replacements = [.. modules.Zip(distances, (module, own) => Replacements(module, own, bound))];
            if (replacements.Zip(weights, Cost).Sum() <= budget)
            {
                Merge(optimizer, epoch, replacements);
                break;
            }
        }

        return Kept < before;
    }

    /// <summary>
    /// Moves towards the wanted number: by the θ that keeps the fewest heads that are enough, and, where the number must be exact and no θ
    /// gives it, by merging the closest pair again and again, the less important head of it into the other.
    /// </summary>
    /// <param name="optimizer">Follows the removal.</param>
    /// <param name="epoch">For the record.</param>
    /// <param name="share">Share of the heads to remove that should be gone now; with 1 the number becomes exact.</param>
    /// <returns>Whether any head went.</returns>
    public bool Approach(Optimizer optimizer, int epoch, double share)
    {
        int before = Kept;
        int count = start - (int)Math.Floor((start - target!.Value) * share);
        if (before <= count)
        {
            return false;
        }

        if (options.Criterion == HeadCriterion.Importance)
        {
            while (Kept > count)
            {
                MergeLeastImportant(optimizer, epoch);
            }

            return true;
        }

        float[][,] distances = [.. modules.Select(Distances)];
        var (theta, kept) = ThetaSearch.Choose(distances, count);
        if (kept < before)
        {
            Theta = theta;
            Merge(optimizer, epoch, [.. modules.Zip(distances, (module, own) => Replacements(module, own, theta))]);
        }

        while (share >= 1 && Kept > count)
        {
            MergeClosest(optimizer, epoch);
        }

        return Kept < before;
    }

    public void SaveState(Dictionary<string, double[]> state)
    {
        state[ThetaName] = [Theta];
        foreach (var (index, module) in modules.Index())
        {
            state[Name(index)] = module.Save();
        }
    }

    public void RestoreState(IReadOnlyDictionary<string, double[]> state)
    {
        Theta = state.TryGetValue(ThetaName, out double[]? theta) ? theta[0] : options.Theta;
        foreach (var (index, module) in modules.Index())
        {
            module.Restore(state.GetValueOrDefault(Name(index), []));
        }
    }

    /// <summary>Refuses a sparsity that is below what removing the heads brings.</summary>
    private void RequireRoom(TransformerModel model, SparseTargets targets)
    {
        if (targets is not { Sparsity: { } sparsity, Heads: { } count })
        {
            return;
        }

        var tracked = PrunableWeights.Of(model.Blocks, SparsityScope.Regularised);
        var weights = modules.Where(module => module.IsFree).SelectMany(module => Enumerable.Repeat(module.HeadWeights, module.Kept));
        long removed = tracked.Removed + weights.Order().Take(Kept - count).Sum();
        double least = (double)removed / tracked.Dense;
        if (least > sparsity)
        {
            throw new InvalidInputException("conflicting-targets", "With so few heads the model is sparser than it is to be.")
            {
                Option = "sparsity",
                Found = FormattableString.Invariant($"sparsity {sparsity} and {count} heads"),
                Expected = FormattableString.Invariant($"a sparsity of at least {least:F4}, or more heads"),
            };
        }
    }

    private static string Name(int module) => FormattableString.Invariant($"{StatePrefix}{module}");

    /// <summary>Heads that cannot go alone are as far from each other as can be.</summary>
    private static float[,] Distances(HeadModule module)
    {
        if (module.IsFree)
        {
            return module.Elimination.Distances();
        }

        var far = new float[module.Kept, module.Kept];
        foreach (int i in Enumerable.Range(0, module.Kept))
        {
            foreach (int j in Enumerable.Range(0, module.Kept).Where(j => j != i))
            {
                far[i, j] = float.PositiveInfinity;
            }
        }

        return far;
    }

    private static long Cost(int[] replacements, long[] weights) => weights.Index().Where(head => replacements[head.Index] != head.Index).Sum(head => head.Item);

    private void Merge(Optimizer optimizer, int epoch, int[][] replacements)
    {
        foreach (var (module, own) in modules.Zip(replacements))
        {
            Merge(optimizer, module, own, epoch);
        }
    }

    /// <summary>What replaces each head at θ, by the criterion.</summary>
    private int[] Replacements(HeadModule module, float[,] distances, double theta) => HeadChoice.Of(
        options.Criterion, distances, ThetaSearch.Replacements(distances, theta), module.Elimination.Importances());

    /// <summary>
    /// Merges the head that matters least, relative to the mean of its module, into the one of its module that is most like it.
    /// </summary>
    private void MergeLeastImportant(Optimizer optimizer, int epoch)
    {
        var (module, head, _) = modules
            .Where(module => module.IsFree && module.Kept > 1)
            .Select(module =>
            {
                var importances = module.Elimination.Importances();
                var (least, importance) = importances.Index().MinBy(item => item.Item);
                return (Module: module, Head: least, Share: importance / Math.Max(double.Epsilon, importances.Average()));
            })
            .MinBy(item => item.Share);
        int[] replacements = [.. Enumerable.Range(0, module.Kept)];
        replacements[head] = HeadChoice.MostLike(Distances(module), head, [.. replacements.Where(other => other != head)]);
        Merge(optimizer, module, replacements, epoch);
    }

    private void MergeClosest(Optimizer optimizer, int epoch)
    {
        var (module, first, second, _) = modules
            .Where(module => module.IsFree && module.Kept > 1)
            .Select(ClosestPair)
            .MinBy(pair => pair.Distance);
        var importances = module.Elimination.Importances();
        var (lesser, greater) = importances[first] < importances[second] ? (first, second) : (second, first);
        int[] replacements = [.. Enumerable.Range(0, module.Kept)];
        replacements[lesser] = greater;
        Merge(optimizer, module, replacements, epoch);
    }

    private static (HeadModule Module, int First, int Second, float Distance) ClosestPair(HeadModule module)
    {
        float[,] distances = Distances(module);
        var closest = (module, First: 0, Second: 1, Distance: distances[0, 1]);
        for (int second = 1; second < module.Kept; second++)
        {
            for (int first = 0; first < second; first++)
            {
                closest = distances[first, second] < closest.Distance ? (module, first, second, distances[first, second]) : closest;
            }
        }

        return closest;
    }

    private void Merge(Optimizer optimizer, HeadModule module, IReadOnlyList<int> replacements, int epoch)
    {
        var result = module.Elimination.Merge(replacements, epoch);
        if (options.HeadRemoval == HeadRemoval.Physical)
        {
            optimizer.Cut(result.Slices);
            return;
        }

        foreach (var slice in result.Slices)
        {
            var state = optimizer.StateOf(slice.Parameter);
            slice.ClearRemoved(state.FirstMoment);
            slice.ClearRemoved(state.SecondMoment);
        }
    }
}
