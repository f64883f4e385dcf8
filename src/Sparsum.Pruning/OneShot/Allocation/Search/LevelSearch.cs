using System.Globalization;
using Sparsum.Pruning.OneShot.Streaming;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// Looks for the levels with the least divergence. First, in rounds, it measures what it costs to move each block, and each kind of layer, up
/// and down while the others stay, and solves for the best moves together; then, in generations, it tries random switches, first on little
/// text, the best of them on more. Whatever is taken is better on the survivors' windows than what was there. After each round and generation
/// the journal holds what an interrupted search needs to go on.
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
    /// <summary>Levels that a block or a kind is moved by to see what that costs; halved in each round.</summary>
    private const int FirstMove = 2;

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
        while (journal.Rounds < options.Rounds)
        {
            journal = Solve(journal, cancellationToken);
            journal.Write(path);
        }

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

    /// <summary>Moves blocks, then kinds of layers, by what the moves cost on first windows.</summary>
    private LevelJournal Solve(LevelJournal journal, CancellationToken cancellationToken)
    {
        int move = Math.Max(1, FirstMove >> journal.Rounds);
        double divergence = journal.Divergence;
        foreach (var groups in Groups())
        {
            var set = first[journal.Rounds % first.Count];
            double stays = set.FollowAndMeasure(model, cancellationToken);
            var choices = new List<LevelOption[]>();
            foreach (var (index, group) in groups.Index())
            {
                Report($"round {journal.Rounds + 1} of {options.Rounds}", index, groups.Count);
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
            int[] moves = LevelSolver.Solve(choices) ?? new int[groups.Count];

            // What moves cost alone does not simply add up: half of all is the next thing to try.
            foreach (int[] tried in (int[][])[moves, Halve(choices, moves)])
            {
                int[] levels = groups.Zip(tried).Aggregate(parent, (all, pair) => Move(pair.First, pair.Second, all));
                if (levels.SequenceEqual(parent) || grid.Excess(levels) != 0)
                {
                    continue;
                }

                if (Take(levels, ref divergence, cancellationToken))
                {
                    break;
                }
            }
        }

        return journal with { Levels = parent, Divergence = divergence, Rounds = journal.Rounds + 1, Course = [.. journal.Course, divergence] };
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

    /// <summary>Makes levels the parent if they are better on the survivors' windows.</summary>
    private bool Take(int[] levels, ref double divergence, CancellationToken cancellationToken)
    {
        double found = Try(survivors, levels, cancellationToken);
        if (found < divergence)
        {
            divergence = found;
            Accept(levels, cancellationToken);
            return true;
        }

        model.MoveTo(parent, cancellationToken);
        return false;
    }

    private void Accept(int[] levels, CancellationToken cancellationToken)
    {
        model.MoveTo(levels, cancellationToken);
        int changed = FirstChange(levels);
        parent = levels;
        survivors.Follow(model, changed, cancellationToken);
    }

    private double Try(WindowSet set, int[] levels, CancellationToken cancellationToken)
    {
        model.MoveTo(levels, cancellationToken);
        return set.Run(model, FirstChange(levels), cancellationToken);
    }

    /// <summary>The first block in which levels differ from the parent's.</summary>
    private int FirstChange(int[] levels) => grid.Parts[Enumerable.Range(0, levels.Length).First(part => levels[part] != parent[part])].Block;

    /// <summary>The parts of each block; and where a block has several, those of each kind of layer: of one place among the block's.</summary>
    private List<List<int[]>> Groups()
    {
        var parts = grid.Parts.Index().ToList();
        var byBlock = parts.GroupBy(part => part.Item.Block).Select(group => group.Select(part => part.Index).ToArray()).ToList();
        return byBlock.Count == parts.Count
            ? [byBlock]
            : [byBlock, [.. parts.GroupBy(part => part.Item.Places[0]).Select(group => group.Select(part => part.Index).ToArray())]];
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

    /// <summary>The best moves among those at most half as far.</summary>
    private static int[] Halve(List<LevelOption[]> choices, int[] moves)
    {
        int most = moves.Max(Math.Abs) / 2;
        return most == 0
            ? new int[moves.Length]
            : LevelSolver.Solve([.. choices.Select(part => part.Where(option => Math.Abs(option.Level) <= most).ToArray())]) ?? new int[moves.Length];
    }

    private void Report(string what, int done, int all) => context.Progress?.Report(new PruneProgress(
        PrunePhase.Allocate, 0, context.Pretrained.Model.Blocks.Count, null, done, all, string.Create(CultureInfo.InvariantCulture, $"search, {what}")));
}
