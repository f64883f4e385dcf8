using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.SparseTraining.Penalties;
using Sparsum.Pruning.Tests.OneShot;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.HeadElimination;

/// <summary>Regularisers and head elimination on the blocks of an encoder with a decoder.</summary>
public sealed class TwoStackTests : IDisposable
{
    private readonly EncoderDecoderModel model = (EncoderDecoderModel)RandomInitialization.Create(TinyConfigs.T5, 3);

    public void Dispose() => model.Dispose();

    [Fact]
    public void Cross_attention_reads_two_streams_and_has_two_terms()
    {
        var encoder = model.Blocks[0];
        var decoder = model.Blocks[3];
        Assert.Equal([3], Sizes(NeuroPrunePenalties.OfAttention(encoder, new PenaltyOptions())));
        Assert.Equal([3, 1, 2], Sizes(NeuroPrunePenalties.OfAttention(decoder, new PenaltyOptions())));
        Assert.Equal(
            [3, 3], Sizes(NeuroPrunePenalties.OfAttention(decoder, new PenaltyOptions { CrossAttentionGrouping = CrossAttentionGrouping.Joint })));
        Assert.Equal([1, 1, 1], Sizes(NeuroPrunePenalties.OfFeedForward(decoder.FeedForwards[0], new PenaltyOptions())));
        Assert.Same(decoder.CrossAttention!.Query.Weight, NeuroPrunePenalties.OfAttention(decoder, new PenaltyOptions())[1].Parameters[0]);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void A_copy_of_a_head_is_eliminated_without_a_trace(int block, bool isCross)
    {
        var attention = isCross ? model.Blocks[block].CrossAttention! : model.Blocks[block].Attention;
        Copy(attention, from: 0, to: 2);
        float[] before = Logits();
        var result = new HeadEliminator(attention, new HeadEliminationOptions { Theta = 0 }, relativeBias: attention.RelativePositions?.Table.Value)
            .Run(epoch: 1);

        Assert.Equal([(0, 2)], result.Merges.Select(merge => (merge.Head, merge.Into)));
        Assert.Equal([1, 2, 3], attention.KeptHeads);
        Numbers.AssertClose(before, Logits(), 1e-5);
    }

    [Fact]
    public void Heads_that_weigh_distances_differently_are_not_alike_where_that_counts()
    {
        var attention = model.Blocks[0].Attention;
        Copy(attention, from: 0, to: 2);
        var table = attention.RelativePositions!.Table.Value;
        table.Row(0)[2] += 0.5f;
        var options = new HeadEliminationOptions { Theta = 0, RelativeBiasTheta = 0.1 };
        Assert.Empty(new HeadEliminator(attention, options, relativeBias: table).Run(epoch: 1).Merges);
        Assert.Single(new HeadEliminator(attention, options with { RelativeBiasTheta = 1 }, relativeBias: table).Run(epoch: 1).Merges);
    }

    private static int[] Sizes(IReadOnlyList<IPenaltyTerm> terms) => [.. terms.Select(term => term.Parameters.Count)];

    private static void Copy(AttentionLayer attention, int from, int to)
    {
        int size = attention.HeadSize;
        foreach (var linear in new[] { attention.Query, attention.Key, attention.Value })
        {
            linear.Weight.Value.Rows(from * size, size).CopyTo(linear.Weight.Value.Rows(to * size, size));
        }

        for (int bucket = 0; bucket < (attention.RelativePositions?.Table.Shape[0] ?? 0); bucket++)
        {
            var row = attention.RelativePositions!.Table.Value.Row(bucket);
            row[to] = row[from];
        }
    }

    private float[] Logits()
    {
        using var computation = new Computation(new ReferenceBackend());
        var batch = new TokenBatch([3, 4, 5, 6, 7, 8], 2) { Target = new TokenBatch([9, 4, 9, 2], 2) };
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        return logits.ToArray();
    }
}
