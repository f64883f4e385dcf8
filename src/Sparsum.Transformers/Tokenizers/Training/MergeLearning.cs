namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>Grows a vocabulary join by join until it is full.</summary>
internal static class MergeLearning
{
    /// <summary>Learns.</summary>
    /// <param name="vocabulary">Special tokens and alphabet; the joined tokens are added.</param>
    /// <param name="words">The words as numbers of the vocabulary.</param>
    /// <param name="options">Where to stop.</param>
    /// <param name="join">The text of two tokens joined.</param>
    /// <param name="cancellationToken">Stops between joins.</param>
    public static List<TokenMerge> Run(
        Vocabulary vocabulary,
        IEnumerable<(int[] Symbols, long Count)> words,
        TokenizerTrainingOptions options,
        Func<string, string, string> join,
        CancellationToken cancellationToken)
    {
        var learner = new PairLearner();
        foreach (var (symbols, count) in words)
        {
            learner.AddWord(symbols, count);
        }

        var merges = new List<TokenMerge>();
        while (vocabulary.Tokens.Count < options.VocabularySize && learner.FindBest(options.MinimumCount) is { } best)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (left, right) = (vocabulary.Tokens[best.Left], vocabulary.Tokens[best.Right]);
            learner.Join(best.Left, best.Right, vocabulary.Add(join(left, right)));
            merges.Add(new TokenMerge(left, right, best.Count));
        }

        return merges;
    }
}
