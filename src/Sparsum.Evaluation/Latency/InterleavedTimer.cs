namespace Sparsum.Evaluation.Latency;

/// <summary>
/// Times several actions in turn: A B, B A, A B, … Each round runs all of them close together, and turning the order round cancels what the
/// second gains or loses by coming second.
/// </summary>
internal static class InterleavedTimer
{
    /// <summary>Milliseconds <c>[action][round]</c>.</summary>
    public static double[][] Measure(
        IReadOnlyList<Action> actions,
        int warmUp,
        int rounds,
        TimeProvider clock,
        IProgress<LatencyProgress>? progress,
        CancellationToken cancellationToken)
    {
        var samples = actions.Select(_ => new double[rounds]).ToArray();
        for (int round = -warmUp; round < rounds; round++)
        {
            for (int turn = 0; turn < actions.Count; turn++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int index = int.IsEvenInteger(round) ? turn : actions.Count - 1 - turn;
                long start = clock.GetTimestamp();
                actions[index]();
                double elapsed = clock.GetElapsedTime(start).TotalMilliseconds;
                if (round >= 0)
                {
                    samples[index][round] = elapsed;
                }
            }

            progress?.Report(new LatencyProgress(round + warmUp + 1, rounds + warmUp));
        }

        return samples;
    }
}
