using System.Diagnostics;

namespace Sparsum.Benchmarks;

/// <summary>
/// Times contenders in turns, so that whatever else the machine does meets all of them alike, and reports medians.
/// </summary>
internal static class Interleaved
{
    /// <summary>
    /// Times every contender once in each of <paramref name="rounds"/> rounds: one run untimed, then <paramref name="repeats"/> runs.
    /// Contenders of one thread are measured in processor time, which a busy machine disturbs less than wall time.
    /// </summary>
    public static Timings Time(IReadOnlyList<Contender> contenders, int rounds, int repeats, bool oneThread)
    {
        var seconds = contenders.Select(_ => new double[rounds]).ToArray();
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < contenders.Count; i++)
            {
                if (!oneThread)
                {
                    // Idle threads of the previous contender must have stopped spinning.
                    Thread.Sleep(15);
                }

                contenders[i].Run();
                double start = Now(oneThread);
                for (int repeat = 0; repeat < repeats; repeat++)
                {
                    contenders[i].Run();
                }

                seconds[i][round] = (Now(oneThread) - start) / repeats;
            }
        }

        return new Timings(seconds);
    }

    private static double Now(bool oneThread) =>
        oneThread ? Environment.CpuUsage.TotalTime.TotalSeconds : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
}
