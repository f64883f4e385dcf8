namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>Every kind of tokenizer that can be learned from text, the one place where a new one is registered.</summary>
public static class TokenizerTrainers
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ITokenizerTrainer> All { get; } = [new BytePairTrainer(), BytePairTrainer.ForTwoStacks, new WordPieceTrainer()];
}
