using Sparsum.Core;


namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>Learns a vocabulary from text.</summary>
public interface ITokenizerTrainer
{
    /// <summary>The name on the command line, e.g. <c>bpe</c>.</summary>
    string Name { get; }

    /// <summary>Learns. The same texts in any order and the same options give the same files.</summary>
    /// <param name="texts">The texts; read once.</param>
    /// <param name="options">How large the vocabulary becomes.</param>
    /// <param name="cancellationToken">Stops between texts and between joins.</param>
    /// <exception cref="InvalidInputException">The vocabulary is too small for its alphabet, or the texts hold no word.</exception>
    TrainedTokenizer Train(IEnumerable<string> texts, TokenizerTrainingOptions options, CancellationToken cancellationToken = default);
}
