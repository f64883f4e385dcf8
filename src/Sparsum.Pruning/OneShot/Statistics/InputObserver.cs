using System.Runtime.InteropServices;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Statistics;

/// <summary>
/// Gathers statistics of every layer's input; layers that read one tensor share them, so that what is computed from them is computed once.
/// </summary>
/// <param name="backend">What computes.</param>
/// <param name="kinds">What to gather; square sums always are.</param>
internal sealed class InputObserver(IBackend backend, StatisticKinds kinds = StatisticKinds.Squares) : ISharedObserver, IDisposable
{
    private readonly Dictionary<Linear, InputSums> sums = [];
    private readonly Dictionary<InputSums, LayerStatistics> statistics = [];
    private readonly Dictionary<Tensor, InputSums> seen = [];
    private int sequences;

    /// <inheritdoc/>
    public void BeginPass(int sequences) => this.sequences = sequences;

    /// <inheritdoc/>
    public void Observe(Linear layer, Tensor input) => Add(layer, input, null);

    /// <inheritdoc/>
    public void ObserveSome(Linear layer, Tensor input, IReadOnlyList<int> tokensOfSequences) => Add(layer, input, tokensOfSequences);

    private void Add(Linear layer, Tensor input, IReadOnlyList<int>? lengths)
    {
        // Not only neighbours share: attention and MLP of a parallel block read the same tensor.
        if (seen.TryGetValue(input, out var shared))
        {
            sums[layer] = shared;
            return;
        }

        if (!sums.TryGetValue(layer, out var own))
        {
            sums.Add(layer, own = new InputSums(backend, layer, kinds));
        }

        seen.Add(input, own);
        own.Add(input, lengths ?? SequenceLengths.Equal(input, sequences));
    }

    /// <summary>
    /// What was seen of a layer's input over <paramref name="samples"/> sequences; the same object for layers that share it. A Hessian in it
    /// lives as long as the observer. Of an expert to which no token was sent everything is zero.
    /// </summary>
    public LayerStatistics StatisticsOf(Linear layer, int samples)
    {
        if (!sums.TryGetValue(layer, out var own))
        {
            sums.Add(layer, own = new InputSums(backend, layer, kinds));
        }

        if (!statistics.TryGetValue(own, out var result))
        {
            statistics.Add(own, result = own.ToStatistics(samples));
        }

        return result;
    }

    /// <inheritdoc/>
    public void Sum(ProcessGroup group, IReadOnlyList<Linear> layers)
    {
        // A process may not have seen a layer: an expert to which none of its tokens was sent. Who has seen it knows with whom it shares.
        int[] owners = [.. layers.Select(layer => FirstOf(layer, layers))];
        int[][] known = [.. group.Gather(MemoryMarshal.AsBytes<int>(owners)).Select(bytes => MemoryMarshal.Cast<byte, int>(bytes).ToArray())];
        foreach (var (place, layer) in layers.Index())
        {
            int owner = known.Max(all => all[place]);
            if (owner >= 0 && owner != place)
            {
                sums[layer] = sums[layers[owner]];
            }
            else if (owner == place)
            {
                sums.TryAdd(layer, new InputSums(backend, layer, kinds));
                sums[layer].Sum(group);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var own in sums.Values)
        {
            own.Dispose();
        }
    }

    /// <summary>The place of the first of the layers that has the sums of this one; -1 where it was not seen.</summary>
    private int FirstOf(Linear layer, IReadOnlyList<Linear> layers) =>
        sums.TryGetValue(layer, out var own) ? layers.Index().First(other => sums.GetValueOrDefault(other.Item) == own).Index : -1;
}

/// <summary>How the rows of an observed input fall into sequences.</summary>
internal static class SequenceLengths
{
    /// <summary>As many rows for each; one sequence where their number is not known.</summary>
    /// <exception cref="ArgumentException">The rows do not divide evenly.</exception>
    public static IReadOnlyList<int> Equal(Tensor input, int sequences)
    {
        if (sequences < 1)
        {
            return [];
        }

        return input.RowCount % sequences == 0
            ? [.. Enumerable.Repeat(input.RowCount / sequences, sequences)]
            : throw new ArgumentException($"{input} does not hold {sequences} sequences of one length.", nameof(sequences));
    }
}
