using Sparsum.Core;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Evaluation.ZeroShot;

/// <summary>A sequence whose end is scored.</summary>
/// <param name="Ids">Context and continuation.</param>
/// <param name="First">Index of the first token that is scored; at least 1.</param>
internal readonly record struct EncodedRequest(int[] Ids, int First)
{
    /// <summary>Tokens that the model reads: the last is only predicted.</summary>
    public int Length => Ids.Length - 1;

    /// <summary>Tokens that are scored.</summary>
    public int Scored => Ids.Length - First;
}

/// <summary>The requests of one document as token ids, as lm-evaluation-harness encodes them.</summary>
internal sealed class EncodedDocument
{
    private EncodedDocument(int index, EncodedRequest[] requests, bool isTruncated)
    {
        Index = index;
        Requests = requests;
        IsTruncated = isTruncated;
        Shared = SharedLength(requests);
        Rest = requests.Max(request => request.Length) - Shared;
    }

    /// <summary>Which document it is.</summary>
    public int Index { get; }

    /// <summary>The requests.</summary>
    public EncodedRequest[] Requests { get; }

    /// <summary>Whether something was cut off in front to fit the window.</summary>
    public bool IsTruncated { get; }

    /// <summary>Tokens at the start that the model reads for all requests alike.</summary>
    public int Shared { get; }

    /// <summary>Most tokens that it reads behind them for one of the requests.</summary>
    public int Rest { get; }

    /// <summary>Encodes a document.</summary>
    /// <param name="index">Which document it is.</param>
    /// <param name="document">The document.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="window">Longest sequence that the model takes.</param>
    /// <exception cref="InvalidInputException">A continuation alone is longer than the window, or has no token.</exception>
    public static EncodedDocument Create(int index, ZeroShotDocument document, ITokenizer tokenizer, int window)
    {
        var requests = document.Requests.Select(request => Encode(request, tokenizer)).ToArray();
        int bad = Array.FindIndex(requests, request => request.Scored < 1 || request.Scored > window);
        if (bad >= 0)
        {
            throw new InvalidInputException("prompt-too-long", FormattableString.Invariant($"A choice of document {index} cannot be scored."))
            {
                Found = FormattableString.Invariant($"{requests[bad].Scored} tokens"),
                Expected = FormattableString.Invariant($"1 to {window} tokens, what the model takes"),
                Hint = "Leave the document out, or choose a model with more positions.",
            };
        }

        // The end of what is too long is kept, as the harness does; the last token needs no position.
        var cut = requests.Select(request => Cut(request, window)).ToArray();
        return new EncodedDocument(index, cut, requests.Any(request => request.Length > window));
    }

    /// <summary>Spaces at the end of the context belong to the continuation, whose tokens are what the two together have more than the context.</summary>
    private static EncodedRequest Encode(ZeroShotRequest request, ITokenizer tokenizer)
    {
        string context = request.Context.TrimEnd();
        string continuation = request.Context[context.Length..] + request.Continuation;
        if (context.Length == 0)
        {
            // Something must stand in front of the first scored token.
            int start = tokenizer.BeginId ?? tokenizer.EndId ?? throw new InvalidInputException(
                "missing-begin-token", "A prompt is empty, and the tokenizer has no token to begin with.");
            return new([start, .. tokenizer.Encode(continuation, addSpecialTokens: false)], 1);
        }

        int[] before = tokenizer.Encode(context, addSpecialTokens: false);
        int[] whole = tokenizer.Encode(context + continuation, addSpecialTokens: false);
        int[] after = whole.Length > before.Length ? whole[before.Length..] : tokenizer.Encode(continuation, addSpecialTokens: false);
        return new([.. before, .. after], before.Length);
    }

    private static EncodedRequest Cut(EncodedRequest request, int window)
    {
        int excess = Math.Max(0, request.Length - window);
        return new(request.Ids[excess..], request.First - excess);
    }

    private static int SharedLength(EncodedRequest[] requests)
    {
        int length = requests.Min(request => request.Length);
        foreach (var request in requests)
        {
            length = Math.Min(length, request.Ids.AsSpan().CommonPrefixLength(requests[0].Ids));
        }

        return length;
    }
}
