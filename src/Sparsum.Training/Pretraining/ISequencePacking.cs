using Sparsum.Core;
using Sparsum.Training.Data;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Training.Pretraining;

/// <summary>Cuts documents into the sequences that a model is pretrained on.</summary>
public interface ISequencePacking
{
    /// <summary>The sequences, in the order of the documents; every token is its own label.</summary>
    /// <param name="tokenizer">The tokenizer of the model.</param>
    /// <param name="documents">The texts.</param>
    /// <param name="length">Most tokens of a sequence, special ones included.</param>
    /// <param name="cancellationToken">Stops between documents.</param>
    /// <exception cref="InvalidInputException">The tokenizer lacks a special token that is needed.</exception>
    IReadOnlyList<TrainingExample> Pack(
        ITokenizer tokenizer, IEnumerable<string> documents, int length, CancellationToken cancellationToken = default);
}
