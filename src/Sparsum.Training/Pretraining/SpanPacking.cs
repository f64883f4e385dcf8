using Sparsum.Training.Data;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Training.Pretraining;

/// <summary>
/// Text for span corruption: the documents one behind the other without special tokens, cut into texts of one length, from which spans are
/// taken out later. Of the last, shorter text what is left is kept if it holds at least two tokens.
/// </summary>
public sealed class SpanPacking : ISequencePacking
{
    /// <inheritdoc/>
    public IReadOnlyList<TrainingExample> Pack(
        ITokenizer tokenizer, IEnumerable<string> documents, int length, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 3);
        int textLength = new SpanCorruption(tokenizer, new SpanOptions()).TextLength(length);
        var stream = new List<int>();
        foreach (string document in documents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            stream.AddRange(tokenizer.Encode(document, addSpecialTokens: false));
        }

        return [.. stream.Chunk(textLength).Where(ids => ids.Length >= 2).Select(ids => new TrainingExample(ids) { Target = ids })];
    }
}
