using Sparsum.Training.Data;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Training.Pretraining;

/// <summary>
/// Text for a causal language model: the documents one behind the other, with the tokenizer's special tokens between them, cut into
/// sequences of one length. Nothing is padded; of the last, shorter sequence what is left is kept if it holds at least two tokens.
/// </summary>
public sealed class CausalPacking : ISequencePacking
{
    /// <inheritdoc/>
    public IReadOnlyList<TrainingExample> Pack(
        ITokenizer tokenizer, IEnumerable<string> documents, int length, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        var stream = new List<int>();
        foreach (string document in documents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Append(stream, tokenizer, document);
        }

        return [.. stream.Chunk(length).Where(ids => ids.Length >= 2).Select(ids => new TrainingExample(ids) { TokenLabels = ids })];
    }

    // Where begin and end are one token, as in GPT-2's family, the next document's begin is this one's end.
    private static void Append(List<int> stream, ITokenizer tokenizer, string document)
    {
        int[] ids = tokenizer.Encode(document);
        stream.AddRange(ids);
        if (tokenizer.EndId is { } end && ids.Length > 0 && ids[0] != end && ids[^1] != end)
        {
            stream.Add(end);
        }
    }
}
