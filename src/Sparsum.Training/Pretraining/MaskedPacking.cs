using System.Runtime.InteropServices;
using Sparsum.Core;
using Sparsum.Training.Data;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Training.Pretraining;

/// <summary>
/// Text for a masked language model: <c>[CLS]</c>, as many whole lines as there is room for, <c>[SEP]</c>. Lines are taken across documents
/// (Liu et al., RoBERTa, 2019, "full sentences"); one that is longer than a sequence is cut into several.
/// </summary>
public sealed class MaskedPacking : ISequencePacking
{
    private const int SpecialTokens = 2;

    /// <inheritdoc/>
    public IReadOnlyList<TrainingExample> Pack(
        ITokenizer tokenizer, IEnumerable<string> documents, int length, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, SpecialTokens + 1);
        int first = Require(tokenizer.ClassId, "cls_token");
        int last = Require(tokenizer.SeparatorId, "sep_token");
        int room = length - SpecialTokens;
        var examples = new List<TrainingExample>();
        var pending = new List<int>(room);
        foreach (string document in documents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var range in document.AsSpan().Split('\n'))
            {
                int[] line = tokenizer.Encode(document[range], addSpecialTokens: false);
                if (pending.Count + line.Length > room)
                {
                    Flush();
                }

                foreach (int[] piece in line.Chunk(room))
                {
                    pending.AddRange(piece);
                    if (pending.Count == room)
                    {
                        Flush();
                    }
                }
            }
        }

        Flush();
        return examples;

        void Flush()
        {
            if (pending.Count > 0)
            {
                int[] ids = [first, .. CollectionsMarshal.AsSpan(pending), last];
                examples.Add(new TrainingExample(ids) { TokenLabels = ids });
                pending.Clear();
            }
        }
    }

    private static int Require(int? id, string role) => id
        ?? throw new InvalidInputException("missing-special-token", $"The tokenizer has no {role}, which masked language modelling needs.")
        {
            Expected = "a tokenizer with cls_token, sep_token and mask_token",
            Hint = "Use a tokenizer of a BERT-like model, or learn one with `train-tokenizer wordpiece`.",
        };
}
