using System.Globalization;
using Sparsum.Benchmarks;

namespace Sparsum.Opponents;

/// <summary>Contenders of the same work in turns, as a table.</summary>
internal static class Duel
{
    /// <summary>Times and prints, each against the opponent that it names.</summary>
    public static void Run(string title, IReadOnlyList<(Contender Contender, int Opponent)> entries, int rounds, int repeats, bool oneThread)
    {
        var timings = Interleaved.Time([.. entries.Select(entry => entry.Contender)], rounds, repeats, oneThread);
        Console.WriteLine($"\n{title}: medians of {rounds} rounds in turns, {(oneThread ? "processor" : "wall")} time\n");
        Console.WriteLine("| who | ms | against | times as fast | middle half of the rounds |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        for (int i = 0; i < entries.Count; i++)
        {
            int opponent = entries[i].Opponent;
            var (low, high) = timings.Spread(i, opponent);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {entries[i].Contender.Name} | {timings.Median(i) * 1e3:F3} | {(opponent == i ? "–" : entries[opponent].Contender.Name)} | {timings.Ratio(i, opponent):F2} | {low:F2}–{high:F2} |"));
        }
    }

    /// <summary>Fails when results differ by more than a share of the largest: a race between different work would mean nothing.</summary>
    public static void Check(string name, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance)
    {
        float largest = 0, worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i]));
            worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        }

        if (!(worst <= tolerance * largest))
        {
            throw new InvalidOperationException(FormattableString.Invariant($"{name} is off by {worst / largest:P2} of the largest result."));
        }
    }
}
