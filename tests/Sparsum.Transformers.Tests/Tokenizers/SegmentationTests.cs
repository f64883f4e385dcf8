using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.SentencePiece;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>The fast algorithms agree with the plain definitions.</summary>
public class SegmentationTests
{
    [Fact]
    public void HeapMergingEqualsScanningForTheBestPairAgainAndAgain()
    {
        var random = new Random(3);
        for (int i = 0; i < 2000; i++)
        {
            var table = new MergeTable();
            for (int rank = 0; rank < 12; rank++)
            {
                // Ranks repeat, as scores of pieces may.
                table.Add(random.Next(4 + rank), random.Next(4 + rank), new Merge(rank / 2, 4 + rank));
            }

            int[] symbols = [.. Enumerable.Range(0, random.Next(0, 20)).Select(_ => random.Next(4))];
            int[] merged = [.. symbols];
            int count = new BytePairMerger(table).Merge(merged);
            Assert.Equal(MergeNaively(table, symbols), merged[..count]);
        }
    }

    [Fact]
    public void ViterbiFindsThePathThatTryingAllPathsFinds()
    {
        var random = new Random(5);
        for (int i = 0; i < 300; i++)
        {
            var pieces = new List<Piece> { new("<unk>", 0, PieceKind.Unknown) };
            foreach (string text in new[] { "a", "b", "ab", "ba", "aab", "bb", "abb" })
            {
                pieces.Add(new Piece(text, -1 - (5 * random.NextSingle()), PieceKind.Normal));
            }

            string word = string.Concat(Enumerable.Range(0, random.Next(1, 10)).Select(_ => "abc"[random.Next(3)]));
            var symbols = new List<int>();
            new UnigramSegmenter(new SentencePieceModel { Pieces = pieces }).Segment(word, symbols);
            Assert.Equal(BestCost(pieces, word), symbols.Sum(symbol => Score(pieces, symbol)), 1e-4);
        }
    }

    [Theory]
    [InlineData("bpe")]
    [InlineData("unigram")]
    [InlineData("byte-level")]
    [InlineData("json")]
    [InlineData("wordpiece")]
    public void OneWordOfAMillionCharactersIsNoTrouble(string fixture)
    {
        using var folder = Fixtures.Open(fixture);
        var tokenizer = Tokenizer.Open(folder.Root);
        string text = string.Concat(Enumerable.Repeat("abxlow\nabé", 100_000));
        Assert.NotEmpty(tokenizer.Encode(text));
        Assert.NotEmpty(tokenizer.Encode(new string('a', 200_000)));
        Assert.NotEmpty(tokenizer.Encode(new string(' ', 200_000)));
    }

    [Fact]
    public void ManyUserDefinedPiecesInARowAreNoTrouble()
    {
        byte[] model = SentencePieceFile.Write(
            [("<unk>", 0, SentencePieceFile.Unknown), ("\n", 0, SentencePieceFile.UserDefined), ("x", -1, SentencePieceFile.Normal)]);
        var ids = new List<int>();
        new SentencePieceEncoder(SentencePieceReader.Read(model)).Encode(string.Concat(Enumerable.Repeat("x\n", 500_000)), ids);
        Assert.Equal([0, 2, 1, 2, 1], ids[..5]);
        Assert.Equal(1_000_001, ids.Count);
    }

    private static int[] MergeNaively(MergeTable table, int[] symbols)
    {
        var list = symbols.ToList();
        while (true)
        {
            (int rank, int at, int id) = (int.MaxValue, -1, 0);
            for (int i = 0; i + 1 < list.Count; i++)
            {
                if (table.TryGet(list[i], list[i + 1], out var merge) && merge.Rank < rank)
                {
                    (rank, at, id) = (merge.Rank, i, merge.Id);
                }
            }

            if (at < 0)
            {
                return [.. list];
            }

            list[at] = id;
            list.RemoveAt(at + 1);
        }
    }

    private static double BestCost(List<Piece> pieces, string word)
    {
        if (word.Length == 0)
        {
            return 0;
        }

        double best = double.NegativeInfinity;
        for (int length = 1; length <= word.Length; length++)
        {
            int id = pieces.FindIndex(piece => piece.Text == word[..length]);
            if (id >= 0 || length == 1)
            {
                best = Math.Max(best, Score(pieces, id) + BestCost(pieces, word[length..]));
            }
        }

        return best;
    }

    private static double Score(List<Piece> pieces, int symbol) =>
        symbol >= 0 ? pieces[symbol].Score : pieces.Where(piece => piece.Kind == PieceKind.Normal).Min(piece => piece.Score) - 10;
}
