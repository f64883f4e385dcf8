using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.Training;
using Sparsum.Transformers.Tokenizers.WordPiece;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers.Training;

public class WordPieceTrainerTests
{
    // 5 special tokens, 68 printable ASCII characters that are not upper case, 36 letters and digits that go on a word.
    private const int Smallest = 5 + 68 + 36;

    private static readonly WordPieceTrainer Trainer = new();

    [Fact]
    public void Joins_within_words_and_marks_what_goes_on()
    {
        // low, lower, lowest and low: "l ##o" and "##o ##w" stand 4 times each; characters that begin words have
        // lower ids than those that go on. Then "lo ##w" 4 times, and "low ##e" twice.
        var trained = Learn(["Low, lower lowest.", "low"], Smallest + 3);

        Assert.Equal([("l", "##o", 4L), ("lo", "##w", 4L), ("low", "##e", 2L)], Merges(trained));
        Assert.Equal(["lo", "low", "lowe"], trained.Tokens.Skip(Smallest));
        Assert.Equal(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "!"], trained.Tokens.Take(6));
    }

    [Theory]
    [InlineData(6, 60)]
    [InlineData(7, 300)]
    public void Agrees_with_counting_everything_anew(ulong seed, int lines)
    {
        string[] texts = TrainingCorpus.Create(seed, lines);
        var trained = Learn(texts, Smallest + 100);
        var splitter = new BasicPreTokenizer(new WordPieceOptions());
        var words = texts.SelectMany(splitter.Split)
            .CountBy(word => word)
            .Select(word => (word.Key.Select((letter, index) => index == 0 ? $"{letter}" : $"##{letter}").ToList(), (long)word.Value))
            .ToList();

        int alphabet = trained.Tokens.Count - trained.Merges.Select(merge => merge.Left + merge.Right[2..]).Distinct().Count();
        var tokens = trained.Tokens.Take(alphabet).ToList();
        var expected = NaivePairs.Learn(words, tokens, Smallest + 100, 2, (left, right) => left + right[2..]);

        Assert.Equal(expected, Merges(trained));
        Assert.Equal(tokens, trained.Tokens);
        Assert.True(expected.Count > 50, $"{expected.Count} joins");
    }

    [Fact]
    public void The_file_opens_as_berts_tokenizer_and_no_ordinary_word_is_unknown()
    {
        using var folder = new TemporaryFolder();
        var trained = Learn(TrainingCorpus.Create(8, 200), Smallest + 100);
        trained.Save(folder["tokenizer"]);
        var tokenizer = Tokenizer.Open(folder["tokenizer"]);

        Assert.Equal(trained.Tokens.Count, tokenizer.VocabularySize);
        Assert.Equal((2, 3, 4, 0), (tokenizer.ClassId, tokenizer.SeparatorId, tokenizer.MaskId, tokenizer.PadId));
        int[] ids = tokenizer.Encode("Quizzical wörds, never-seen: (3.14) {x}\\~ jfk_42!");
        Assert.Equal((2, 3), (ids[0], ids[^1]));
        Assert.DoesNotContain(1, ids);
        Assert.Equal("quizzical words , never - seen : ( 3 . 14 ) { x } \\ ~ jfk _ 42 !", tokenizer.Decode(ids, skipSpecialTokens: true));
        Assert.Equal([trained.Tokens.ToList().IndexOf("cab")], tokenizer.Encode("CAB", addSpecialTokens: false));
    }

    [Fact]
    public void Case_is_kept_where_asked_for()
    {
        using var folder = new TemporaryFolder();
        var trained = Trainer.Train(["Ab Ab ab"], new TokenizerTrainingOptions { VocabularySize = 1000, LowerCases = false });
        trained.Save(folder["tokenizer"]);

        Assert.Equal([("A", "##b", 2L)], Merges(trained));
        var tokenizer = Tokenizer.Open(folder["tokenizer"]);
        Assert.NotEqual(tokenizer.Encode("Ab"), tokenizer.Encode("ab"));
    }

    [Fact]
    public void Rare_characters_give_way_and_their_words_are_left_out()
    {
        var options = new TokenizerTrainingOptions { VocabularySize = 1000, LargestAlphabet = 2 };
        var trained = Trainer.Train(["aя aя aя яж жж"], options);

        // Kept are я (4 times) and a or ж (3 times each: a has the lower code).
        Assert.Equal([("a", "##я", 3L)], Merges(trained));
        Assert.DoesNotContain("ж", trained.Tokens);
    }

    [Fact]
    public void A_vocabulary_without_room_for_the_alphabet_is_refused()
    {
        var error = Assert.Throws<InvalidInputException>(() => Learn(["text"], 100));

        Assert.Equal("bad-vocabulary-size", error.Code);
        Assert.Equal("no-words", Assert.Throws<InvalidInputException>(() => Learn([" \n"], 300)).Code);
    }

    private static TrainedTokenizer Learn(IEnumerable<string> texts, int size, int minimumCount = 2) =>
        Trainer.Train(texts, new TokenizerTrainingOptions { VocabularySize = size, MinimumCount = minimumCount });

    private static List<(string, string, long)> Merges(TrainedTokenizer trained) =>
        [.. trained.Merges.Select(merge => (merge.Left, merge.Right, merge.Count))];
}
