using System.Globalization;
using Sparsum.Pruning.OneShot.Streaming;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// Looks for the levels with the least divergence. First, in rounds, it measures what it costs to move each block, each kind of layer and each
/// layer up and down while the others stay, and solves for the best moves together; then it follows the derivative over all parts at once; then, in
/// generations, it tries random switches, first on little text, the best of them on more. Whatever is taken is better on the survivors' windows than
/// what was there. After each move, step and generation the journal holds what an interrupted search needs to go on.
/// </summary>
/// <param name="context">Told of progress.</param>
/// <param name="options">The budget.</param>
/// <param name="grid">The parts.</param>
/// <param name="model">The model.</param>
/// <param name="survivors">What counts.</param>
/// <param name="first">What offspring are judged on first, in turns.</param>
/// <param name="folder">Where the journal is.</param>
internal sealed class LevelSearch(
    AllocationContext context,
    SearchOptions options,
    LevelGrid grid,
    LevelModel model,
    WindowSet survivors,
    IReadOnlyList<WindowSet> first,
    string folder)
{
    /// <summary>Levels that a block, a kind or a layer is moved by to see what that costs; halved in each round.</summary>
    private const int FirstMove = 2;

    /// <summary>Steps down the slope between two judgements by the survivors' windows.</summary>
    public const int StepsOfAJudgement = 4;

    /// <summary>What is tried of the moves that a round finds: all, and the fewer that pay off when moving costs this share of a typical move.</summary>
    private static readonly double[] Restraints = [0, 0.25, 0.5, 1, 2];

    /// <summary>Models that are judged by the survivors' windows for one move, at most.</summary>
    public static int StepsOfAMove => Restraints.Length;

    private readonly string path = Path.Combine(folder, "search.levels.json");
    private int[] parent = [];

    /// <summary>Searches.</summary>
    /// <param name="starts">Where to begin: the best of these.</param>
    /// <param name="cancellationToken">Ends the work between models; what the journal holds stays.</param>
    public LevelJournal Run(IReadOnlyList<(string Name, int[] Levels)> starts, CancellationToken cancellationToken)
    {
        var journal = LevelJournal.Read(path) ?? Start(starts, cancellationToken);
        parent = [.. journal.Levels];
        model.MoveTo(parent, cancellationToken);
        survivors.Follow(model, 0, cancellationToken);
        var groupings = Groupings();
        while (journal.Moves < options.Rounds * groupings.Count)
        {
            journal = Solve(journal, journal.Moves / groupings.Count, groupings[journal.Moves % groupings.Count], cancellationToken);
            journal.Write(path);
        }

        while ((journal.Descent?.Steps ?? 0) < options.DescentSteps)
        {
            journal = Descend(journal, cancellationToken);
            journal.Write(path);
        }

        model.MoveTo(parent, cancellationToken);
        while (journal.Generations < options.Generations)
        {
            journal = Evolve(journal, cancellationToken);
            journal.Write(path);
        }

        return journal;
    }

    private LevelJournal Start(IReadOnlyList<(string Name, int[] Levels)> starts, CancellationToken cancellationToken)
    {
        var measured = new List<LevelStart>();
        foreach (var (name, levels) in starts)
        {
            Report($"start at {name}", 0, 1);
            model.MoveTo(levels, cancellationToken);
            measured.Add(new LevelStart(name, survivors.RunAlone(model, cancellationToken)));
        }

        int best = Enumerable.Range(0, measured.Count).MinBy(i => measured[i].Divergence);
        var journal = new LevelJournal { Levels = starts[best].Levels, Divergence = measured[best].Divergence, Starts = measured };
        journal.Write(path);
        return journal;
    }

    /// <summary>Moves blocks, kinds of layers or layers, by what the moves cost on first windows.</summary>
    private LevelJournal Solve(LevelJournal journal, int round, IReadOnlyList<int[]> groups, CancellationToken cancellationToken)
    {
        int move = Math.Max(1, FirstMove >> round);
        var set = first[journal.Moves % first.Count];
        double stays = set.FollowAndMeasure(model, cancellationToken);
        var choices = new List<LevelOption[]>();
        foreach (var (index, group) in groups.Index())
        {
            Report($"round {round + 1} of {options.Rounds}", index, groups.Count);
            var points = new List<(int Level, double Cost)>();
            foreach (int by in (int[])[-move, 0, move])
            {
                int[] moved = Move(group, by);
                points.Add((by, moved.SequenceEqual(parent) ? 0 : Try(set, moved, cancellationToken) - stays));
            }

            model.MoveTo(parent, cancellationToken);
            choices.Add([.. LevelSolver.Convex(points).Select(point =>
                new LevelOption(point.Level, grid.Excess(Move(group, point.Level)) - grid.Excess(parent), point.Cost))]);
        }

        set.Forget();
        double divergence = journal.Divergence;
        int[] best = parent;
        foreach (int[] levels in Steps(groups, choices))
        {
            double found = Try(survivors, levels, cancellationToken);
            if (found < divergence)
            {
                (divergence, best) = (found, levels);
            }
        }

        Accept(best, cancellationToken);
        return journal with { Levels = parent, Divergence = divergence, Moves = journal.Moves + 1, Course = [.. journal.Course, divergence] };
    }

    /// <summary>
    /// Levels that the solver finds. What moves cost alone does not simply add up, and was measured on little text: beside what is best by the
    /// measured costs there is what is best where every level that is moved by costs something more, a share of what moves cost on average.
    /// </summary>
    private List<int[]> Steps(IReadOnlyList<int[]> groups, List<LevelOption[]> choices)
    {
        double typical = choices.SelectMany(part => part).Where(option => option.Level != 0).Select(option => Math.Abs(option.Cost / option.Level))
            .Where(double.IsFinite).DefaultIfEmpty().Average();
        return Restraints
            .Select(restraint => LevelSolver.Solve([.. choices.Select(part =>
                part.Select(option => option with { Cost = option.Cost + (restraint * typical * Math.Abs(option.Level)) }).ToArray())]))
            .OfType<int[]>()
            .Select(moves => groups.Zip(moves).Aggregate(parent, (all, pair) => Move(pair.First, pair.Second, all)))
            .Where(levels => !levels.SequenceEqual(parent) && grid.Excess(levels) == 0)
            .DistinctBy(levels => string.Join(',', levels))
            .ToList();
    }

    /// <summary>
    /// Takes one step down the slope: ratios of all parts move at once, by the derivative of the divergence on first windows, and the model is put
    /// to the nearest levels. The parent stays what is best on the survivors' windows, by which every <see cref="StepsOfAJudgement"/>-th step is judged.
    /// </summary>
    private LevelJournal Descend(LevelJournal journal, CancellationToken cancellationToken)
    {
        var state = journal.Descent ?? DescentState.At(grid, parent);
        Report("descent", state.Steps, options.DescentSteps);
        var set = first[state.Steps % first.Count];
        double[][] products = grid.PerLevel();
        int[] levels = state.Levels(grid);
        model.MoveTo(levels, cancellationToken);
        set.Differentiate(model, products, cancellationToken);
        set.Forget();

        // Ever shorter, and down to nothing.
        double rate = options.DescentRate * (options.DescentSteps - state.Steps) / options.DescentSteps;
        state = state.Next(grid, levels, products, rate);
        double divergence = journal.Divergence;
        if ((state.Steps % StepsOfAJudgement == 0 || state.Steps == options.DescentSteps) && state.Levels(grid) is var reached && !reached.SequenceEqual(parent))
        {
            double found = Try(survivors, reached, cancellationToken);
            if (found < divergence)
            {
                divergence = found;
                Accept(reached, cancellationToken);
            }
        }

        return journal with { Levels = parent, Divergence = divergence, Descent = state, Course = [.. journal.Course, divergence] };
    }

    private LevelJournal Evolve(LevelJournal journal, CancellationToken cancellationToken)
    {
        var set = first[journal.Generations % first.Count];
        set.Follow(model, 0, cancellationToken);

        // Drawn anew from the number of the generation, so that a resumed search takes the same course.
        var switches = new LevelSwitches(grid, ((long)options.Seed << 32) + journal.Generations);
        var offspring = Enumerable.Range(0, options.Offspring).Select(_ => switches.Mutate(parent)).Where(levels => !levels.SequenceEqual(parent)).ToList();
        var judged = new List<(int[] Levels, double Divergence)>();
        foreach (var (index, levels) in offspring.Index())
        {
            Report($"generation {journal.Generations + 1} of {options.Generations}", index, offspring.Count);
            judged.Add((levels, Try(set, levels, cancellationToken)));
        }

        set.Forget();
        double divergence = journal.Divergence;
        var best = judged.OrderBy(entry => entry.Divergence).Take(options.Survivors)
            .Select(entry => (entry.Levels, Divergence: Try(survivors, entry.Levels, cancellationToken)))
            .OrderBy(entry => entry.Divergence)
            .FirstOrDefault();
        if (best.Levels is not null && best.Divergence < divergence)
        {
            divergence = best.Divergence;
            Accept(best.Levels, cancellationToken);
        }

        model.MoveTo(parent, cancellationToken);
        return journal with { Levels = parent, Divergence = divergence, Generations = journal.Generations + 1, Course = [.. journal.Course, divergence] };
    }

    private void Accept(int[] levels, CancellationToken cancellationToken)
    {
        model.MoveTo(levels, cancellationToken);
        if (!levels.SequenceEqual(parent))
        {
            int changed = FirstChange(levels);
            parent = levels;
            survivors.Follow(model, changed, cancellationToken);
        }
    }

    private double Try(WindowSet set, int[] levels, CancellationToken cancellationToken)
    {
        model.MoveTo(levels, cancellationToken);
        return set.Run(model, FirstChange(levels), cancellationToken);
    }

    /// <summary>The first block in which levels differ from the parent's.</summary>
    private int FirstChange(int[] levels) => grid.Parts[Enumerable.Range(0, levels.Length).First(part => levels[part] != parent[part])].Block;

    /// <summary>What moves together: the parts of a block; and where a block has several, those of a kind, of one place among the block's, and each alone.</summary>
    private List<List<int[]>> Groupings()
    {
        var parts = grid.Parts.Index().ToList();
        var byBlock = parts.GroupBy(part => part.Item.Block).Select(Indices).ToList();
        return byBlock.Count == parts.Count
            ? [byBlock]
            : [byBlock, [.. parts.GroupBy(part => part.Item.Places[0]).Select(Indices)], [.. parts.Select(part => new[] { part.Index })]];

        static int[] Indices(IEnumerable<(int Index, LevelPart Item)> group) => [.. group.Select(part => part.Index)];
    }

    /// <summary>Levels with some parts moved as far as they can.</summary>
    private int[] Move(int[] group, int by, int[]? from = null)
    {
        int[] levels = [.. from ?? parent];
        foreach (int part in group)
        {
            levels[part] = Math.Clamp(levels[part] + by, grid.Least(part), grid.Most(part));
        }

        return levels;
    }

    private void Report(string what, int done, int all) => context.Progress?.Report(new PruneProgress(
        PrunePhase.Allocate, 0, context.Pretrained.Model.Blocks.Count, null, done, all, string.Create(CultureInfo.InvariantCulture, $"search, {what}")));
}
