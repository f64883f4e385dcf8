using Sparsum.Core;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>
/// The form in which a model wants calibration text. A decoder reads windows of the tokenised documents as they are; an encoder reads them
/// between its special tokens; an encoder with a decoder reads the first half of a text as its source, and the second half behind the
/// start token as its target.
/// </summary>
internal sealed class CalibrationFrame
{
    private readonly ITokenizer tokenizer;
    private readonly int sequenceLength;
    private readonly int? startToken;
    private readonly int[] before = [];
    private readonly int[] after = [];

    /// <summary>The form for sequences of at most <paramref name="sequenceLength"/> tokens.</summary>
    /// <exception cref="InvalidInputException">That many tokens leave no room for text.</exception>
    public CalibrationFrame(TransformerModel model, ITokenizer tokenizer, int sequenceLength)
    {
        this.tokenizer = tokenizer;
        this.sequenceLength = sequenceLength;
        startToken = (model as EncoderDecoderModel)?.StartToken;
        IsBare = model is DecoderModel;
        if (IsBare)
        {
            return;
        }

        // What stands around any text stands around this one.
        int[] text = tokenizer.Encode("a", addSpecialTokens: false);
        int[] whole = tokenizer.Encode("a");
        int start = whole.AsSpan().IndexOf(text);
        (before, after) = (whole[..start], whole[(start + text.Length)..]);
        if (sequenceLength <= before.Length + after.Length)
        {
            throw new InvalidInputException("option-out-of-range", $"Sequences of {sequenceLength} tokens have no room for text.")
            {
                Option = "sequence-length",
                Found = FormattableString.Invariant($"{sequenceLength}"),
                Expected = FormattableString.Invariant($"more than {before.Length + after.Length}, the special tokens"),
                Hint = "Leave the option out to use its default.",
            };
        }
    }

    /// <summary>Whether nothing stands around a text: for models that read one way.</summary>
    public bool IsBare { get; }

    /// <summary>Most tokens of one text that go into a sample.</summary>
    public int LongestText => sequenceLength - before.Length - after.Length + (startToken is null ? 0 : sequenceLength - 1);

    /// <summary>Fewest tokens of a text from which a sample can be made.</summary>
    public int ShortestText => startToken is null ? 1 : 2;

    /// <summary>Whether most of what the model is made for is shorter than a window, so that short documents are taken as they are.</summary>
    public bool TakesShortDocuments => !IsBare;

    /// <summary>The tokens of a text that samplers cut from: a decoder's with its special tokens, others without.</summary>
    public int[] Tokenize(string text) => tokenizer.Encode(text, addSpecialTokens: IsBare);

    /// <summary>The sample that a cut of at most <see cref="LongestText"/> tokens gives; the target is null without a decoder of its own.</summary>
    public (int[] Sequence, int[]? Target) Frame(int[] text)
    {
        if (startToken is not { } start)
        {
            return ([.. before, .. text, .. after], null);
        }

        int room = sequenceLength - before.Length - after.Length;
        int half = Math.Clamp((text.Length + 1) / 2, text.Length - (sequenceLength - 1), room);
        return ([.. before, .. text[..half], .. after], [start, .. text[half..]]);
    }
}
