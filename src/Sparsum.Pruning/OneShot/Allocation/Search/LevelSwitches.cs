using Sparsum.Pruning.OneShot.Calibration;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// Random moves that keep the total: some parts go up by a level, others come down by as many quanta (EvoPress, Sieberling et al. 2024,
/// arXiv 2410.14649). What moves together is one part, a block's parts, or a kind's.
/// </summary>
/// <param name="grid">The parts.</param>
/// <param name="seed">Seed of the draws.</param>
internal sealed class LevelSwitches(LevelGrid grid, long seed)
{
    private const int MostSwitches = 3;

    // Draws after which a switch is given up: parts at the ends of their levels leave none that balances it.
    private const int MostDraws = 200;

    private readonly PythonRandom random = new(seed);

    /// <summary>Levels that differ from the parent's by one to three switches, fewer more often; the parent's own where none was found.</summary>
    public int[] Mutate(IReadOnlyList<int> parent)
    {
        int[] levels = [.. parent];
        int switches = 1 + Math.Min(random.NextInteger(MostSwitches - 1), random.NextInteger(MostSwitches - 1));
        for (int i = 0; i < switches; i++)
        {
            levels = Switch(levels) ?? levels;
        }

        return levels;
    }

    /// <summary>One part up or down, and others the other way until the quanta are those of before; null where no draw balances.</summary>
    private int[]? Switch(int[] before)
    {
        int[] levels = [.. before];
        int direction = random.NextInteger(1) == 0 ? 1 : -1;
        int first = random.NextInteger(levels.Length - 1);
        if (!CanMove(levels, first, direction))
        {
            return null;
        }

        levels[first] += direction;
        int owed = grid.Quanta[first];
        for (int draw = 0; draw < MostDraws && owed > 0; draw++)
        {
            int other = random.NextInteger(levels.Length - 1);
            if (other != first && grid.Quanta[other] <= owed && CanMove(levels, other, -direction))
            {
                levels[other] -= direction;
                owed -= grid.Quanta[other];
            }
        }

        return owed == 0 ? levels : null;
    }

    private bool CanMove(int[] levels, int part, int direction) =>
        direction > 0 ? levels[part] < grid.Most(part) : levels[part] > grid.Least(part);
}
