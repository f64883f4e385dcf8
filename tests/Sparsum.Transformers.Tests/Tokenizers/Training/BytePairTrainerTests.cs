using System.Text;
using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.ByteLevel;
using Sparsum.Transformers.Tokenizers.Training;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers.Training;

public class BytePairTrainerTests
{
    private const int Smallest = 258;

    private static readonly BytePairTrainer Trainer = new();

    [Fact]
    public void Joins_the_most_frequent_pair_first_and_the_lower_ids_among_equals()
    {
        // "ab" stands 4 times; then "Ġ ab" and "ab c" stand 3 times each, and Ġ has the lower id; then "Ġab c" stands twice.
        var trained = Learn(["abc", " abc abc", " ab"], Smallest + 3);

        Assert.Equal([("a", "b", 4L), ("Ġ", "ab", 3L), ("Ġab", "c", 2L)], Merges(trained));

        // All pairs of "badc" stand once: ba, ad, dc; a has the lowest id.
        Assert.Equal(("a", "d", 1L), Merges(Learn(["badc"], Smallest + 1, minimumCount: 1))[0]);
        Assert.Equal(["<|endoftext|>", "<pad>", "!"], trained.Tokens.Take(3));
        Assert.Equal(["ab", "Ġab", "Ġabc"], trained.Tokens.Skip(Smallest));
    }

    [Fact]
    public void For_two_stacks_every_text_ends_and_sentinels_come_last()
    {
        using var folder = new TemporaryFolder();
        var options = new TokenizerTrainingOptions { VocabularySize = 362, MinimumCount = 1 };
        var trained = BytePairTrainer.ForTwoStacks.Train(["abc abc abd"], options);
        trained.Save(folder["tokenizer"]);
        var tokenizer = Tokenizer.Open(folder["tokenizer"]);

        // 3 special tokens, 256 bytes, 3 joins, 100 sentinels.
        Assert.Equal([("a", "b", 3L), ("Ġ", "ab", 2L), ("ab", "c", 1L)], Merges(trained));
        Assert.Equal(["<pad>", "</s>", "<unk>", "!"], trained.Tokens.Take(4));
        Assert.Equal((null, 1, 0), (tokenizer.BeginId, tokenizer.EndId, tokenizer.PadId));
        Assert.Equal([261, 1], tokenizer.Encode("abc"));
        Assert.Equal([361, 261, 360, 1], tokenizer.Encode("<extra_id_0>abc<extra_id_1>"));
        Assert.Equal("abc", tokenizer.Decode([0, 361, 261, 1], skipSpecialTokens: true));
        var error = Assert.Throws<InvalidInputException>(() => BytePairTrainer.ForTwoStacks.Train(["a"], options with { VocabularySize = 358 }));
        Assert.Contains("359", error.Expected);
    }

    [Fact]
    public void A_pair_that_overlaps_itself_is_joined_from_the_left()
    {
        // "aaaaa" holds "aa" four times over; joined from the left it is aa aa a, where "aa aa" and "aa a" stand once each.
        var trained = Learn(["aaaaa"], Smallest + 3, minimumCount: 1);

        Assert.Equal([("a", "a", 4L), ("aa", "a", 1L), ("aa", "aaa", 1L)], Merges(trained));
    }

    [Fact]
    public void Stops_where_no_pair_is_frequent_enough()
    {
        var trained = Learn(["ab ab xy"], 1000);

        Assert.Equal([("a", "b", 2L)], Merges(trained));
        Assert.Equal(Smallest + 1, trained.Tokens.Count);
    }

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 300)]
    public void Agrees_with_counting_everything_anew(ulong seed, int lines)
    {
        string[] texts = TrainingCorpus.Create(seed, lines);
        var trained = Learn(texts, Smallest + 120);

        var tokens = trained.Tokens.Take(Smallest).ToList();
        var expected = NaivePairs.Learn(Words(texts), tokens, Smallest + 120, 2, string.Concat);

        Assert.Equal(expected, Merges(trained));
        Assert.Equal(tokens, trained.Tokens);
        Assert.True(expected.Count > 60, $"{expected.Count} joins");
    }

    [Fact]
    public void The_order_of_the_texts_leaves_no_trace()
    {
        string[] texts = TrainingCorpus.Create(3, 100);

        Assert.Equal(Learn(texts, 400).Files, Learn([.. texts.Reverse()], 400).Files);
    }

    [Fact]
    public void The_files_open_as_a_tokenizer_with_the_same_ids()
    {
        using var folder = new TemporaryFolder();
        string[] texts = TrainingCorpus.Create(4, 200);
        var trained = Learn(texts, 400);
        trained.Save(folder["tokenizer"]);
        var tokenizer = Tokenizer.Open(folder["tokenizer"]);

        Assert.Equal(trained.Tokens.Count, tokenizer.VocabularySize);
        Assert.Equal((0, 0, 1), (tokenizer.BeginId, tokenizer.EndId, tokenizer.PadId));
        foreach (string text in texts.Append("Words it never saw: Größe 😀 \n\t end"))
        {
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(0, ids[0]);
            Assert.Equal(text, tokenizer.Decode(ids, skipSpecialTokens: true));
        }

        // Every token of the vocabulary comes back as itself, so ids are those of the training.
        foreach (var (id, token) in trained.Tokens.Index().Skip(Smallest))
        {
            string text = Encoding.UTF8.GetString(ByteAlphabet.BytesOf(token));
            if (!text.Contains('\uFFFD', StringComparison.Ordinal))
            {
                Assert.Equal([id], tokenizer.Encode(text, addSpecialTokens: false));
            }
        }
    }

    [Fact]
    public void The_older_layout_gives_the_same_ids_as_tokenizer_json()
    {
        using var folder = new TemporaryFolder();
        string[] texts = TrainingCorpus.Create(5, 100);
        Learn(texts, 350).Save(folder["new"]);
        Learn(texts, 350).Save(folder["old"]);
        File.Delete(Path.Combine(folder["old"], "tokenizer.json"));
        var (newer, older) = (Tokenizer.Open(folder["new"]), Tokenizer.Open(folder["old"]));

        Assert.All(texts, text => Assert.Equal(newer.Encode(text), older.Encode(text)));
        Assert.Equal(newer.SpecialIds, older.SpecialIds);
    }

    [Fact]
    public void A_vocabulary_without_room_for_the_bytes_is_refused()
    {
        var error = Assert.Throws<InvalidInputException>(() => Learn(["text"], Smallest - 1));

        Assert.Equal("bad-vocabulary-size", error.Code);
        Assert.Contains("258", error.Expected, StringComparison.Ordinal);
        Assert.Equal("no-words", Assert.Throws<InvalidInputException>(() => Learn([""], 300)).Code);
    }

    private static TrainedTokenizer Learn(IEnumerable<string> texts, int size, int minimumCount = 2) =>
        Trainer.Train(texts, new TokenizerTrainingOptions { VocabularySize = size, MinimumCount = minimumCount });

    private static List<(string, string, long)> Merges(TrainedTokenizer trained) =>
        [.. trained.Merges.Select(merge => (merge.Left, merge.Right, merge.Count))];

    private static List<(List<string> Symbols, long Count)> Words(string[] texts)
    {
        var splitter = new Gpt2PreTokenizer();
        var words = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            for (int start = 0; start < text.Length;)
            {
                int length = splitter.FirstWord(text.AsSpan(start));
                string word = text.Substring(start, length);
                words[word] = words.GetValueOrDefault(word) + 1;
                start += length;
            }
        }

        return
        [
            .. words.Select(word =>
                (Encoding.UTF8.GetBytes(word.Key).Select(value => ByteAlphabet.CharacterOf(value).ToString()).ToList(), word.Value)),
        ];
    }
}
