using System.Globalization;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>
/// Evolves expressions so that the model pruned by them has a low perplexity: a tournament chooses parents, the best of a generation stay.
/// Expressions that give some block no finite value, or all blocks the same, are never measured. The course follows from the seed and the
/// measurements alone, so a search that is repeated with the measurements of an interrupted one takes the same course.
/// </summary>
/// <param name="genes">Draws and breeds expressions.</param>
/// <param name="resolve">What expressions make of the model, for many at once; null for those that cannot be used.</param>
/// <param name="measure">The perplexity of the model pruned with a candidate.</param>
/// <param name="size">Expressions of one generation.</param>
/// <param name="budget">How many pruned models are measured at most.</param>
internal sealed class DsaSearch(
    DsaGenes genes,
    Func<IReadOnlyList<DsaExpression>, IReadOnlyList<DsaCandidate?>> resolve,
    Func<DsaCandidate, double> measure,
    int size,
    int budget)
{
    private const int Elites = 2;
    private const int TournamentSize = 3;

    // Draws for one generation, and generations that bring nothing new, before a search gives up.
    private const int MostDraws = 20;
    private const int MostIdleGenerations = 10;

    private readonly Dictionary<string, double> measured = [];

    /// <summary>How many pruned models were measured.</summary>
    public int Measurements => measured.Count;

    /// <summary>The best candidate with its perplexity; null when no expression can be used at all.</summary>
    public (DsaCandidate Candidate, double Perplexity)? Run()
    {
        var population = Measure(Draw(size, [], genes.Create));
        for (int idle = 0; population.Count > 0 && measured.Count < budget && idle < MostIdleGenerations;)
        {
            int before = measured.Count;
            var parents = population;
            var elites = parents.Take(Elites).ToList();
            var children = Draw(
                size - elites.Count,
                elites.Select(entry => entry.Candidate.Key),
                () => genes.Breed(Choose(parents), Choose(parents)));
            population = Rank([.. elites, .. Measure(children)]);
            idle = measured.Count > before ? 0 : idle + 1;
        }

        return population.Count > 0 ? population[0] : null;
    }

    private static List<(DsaCandidate Candidate, double Perplexity)> Rank(
        IEnumerable<(DsaCandidate Candidate, double Perplexity)> entries) => [.. entries.OrderBy(entry => entry.Perplexity)];

    /// <summary>Usable candidates with ratios that are not taken yet; fewer than asked for where none are found.</summary>
    private List<DsaCandidate> Draw(int count, IEnumerable<string> taken, Func<DsaExpression> next)
    {
        var found = new List<DsaCandidate>();
        var keys = taken.ToHashSet();
        for (int draw = 0; draw < MostDraws && found.Count < count; draw++)
        {
            var drawn = resolve([.. Enumerable.Range(0, count).Select(_ => next())]);
            found.AddRange(drawn.OfType<DsaCandidate>().Where(candidate => keys.Add(candidate.Key)).Take(count - found.Count));
        }

        return found;
    }

    private List<(DsaCandidate Candidate, double Perplexity)> Measure(IEnumerable<DsaCandidate> candidates)
    {
        var results = new List<(DsaCandidate, double)>();
        foreach (var candidate in candidates)
        {
            if (!measured.TryGetValue(candidate.Key, out double perplexity))
            {
                if (measured.Count >= budget)
                {
                    continue;
                }

                perplexity = measure(candidate);
                measured.Add(candidate.Key, double.IsNaN(perplexity) ? double.PositiveInfinity : perplexity);
            }

            results.Add((candidate, measured[candidate.Key]));
        }

        return Rank(results);
    }

    private DsaExpression Choose(List<(DsaCandidate Candidate, double Perplexity)> population)
    {
        // The population is ranked, so the best of a tournament is its lowest index.
        int best = Enumerable.Range(0, TournamentSize).Min(_ => genes.Next(population.Count));
        return population[best].Candidate.Expression;
    }
}

/// <summary>An expression that a search may try, with what it makes of the model.</summary>
/// <param name="Expression">The expression.</param>
/// <param name="Importances">Its values for every block.</param>
/// <param name="Ratios">The ratio of every block.</param>
internal sealed record DsaCandidate(DsaExpression Expression, float[] Importances, double[] Ratios)
{
    /// <summary>Says which ratios these are: expressions with the same are the same candidate.</summary>
    public string Key { get; } = string.Join(' ', Ratios.Select(ratio => ratio.ToString("R", CultureInfo.InvariantCulture)));
}
