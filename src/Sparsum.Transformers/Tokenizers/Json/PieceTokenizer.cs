using System.Runtime.InteropServices;
using Sparsum.Transformers.Tokenizers.SentencePiece;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>
/// A SentencePiece vocabulary with explicit merges as <c>tokenizer.json</c> has it: LLaMA 2, Mistral and Gemma without their
/// <c>tokenizer.model</c>.
/// </summary>
internal sealed class PieceTokenizer(
    SentencePieceEncoder encoder,
    SentencePieceDecoder decoder,
    PrefixSpace prefix,
    bool dropsFirstSpace,
    AddedTokenSet added,
    SpecialTokens special,
    TemplateProcessing template,
    int size) : TokenizerBase(added, special, template, size)
{
    /// <inheritdoc/>
    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var kept = new List<int>(ids.Length);
        foreach (int id in ids)
        {
            CheckId(id);
            if (!skipSpecialTokens || !SpecialIds.Contains(id))
            {
                kept.Add(id);
            }
        }

        string text = decoder.Decode(CollectionsMarshal.AsSpan(kept));
        return dropsFirstSpace && text.StartsWith(' ') ? text[1..] : text;
    }

    /// <inheritdoc/>
    protected override void EncodeContent(string text, List<int> ids)
    {
        foreach (var part in Added.Split(text))
        {
            if (part.Token is not null)
            {
                EncodePart(text, part, ids);
                continue;
            }

            string stretch = text.Substring(part.Start, part.Length);
            bool startsWithSpace = stretch[0] is ' ' or SentencePieceModel.SpaceSymbol;
            bool prefixed = prefix switch
            {
                PrefixSpace.Always => true,
                PrefixSpace.EveryPart => !startsWithSpace,
                PrefixSpace.FirstPart => !startsWithSpace && part.Start == 0,
                _ => false,
            };
            EncodeOrdinary(prefixed ? SentencePieceModel.SpaceSymbol + stretch : stretch, ids);
        }
    }

    /// <inheritdoc/>
    protected override void EncodeOrdinary(string text, List<int> ids) => encoder.Encode(text, ids);
}
