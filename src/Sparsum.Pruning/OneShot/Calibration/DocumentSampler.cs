using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>
/// The sampling of C4 that the SparseGPT and Wanda repositories share: draw documents until one has more tokens than the window, then draw
/// the window's offset. The last token of a document is never used. The first <c>n</c> samples do not depend on how many follow.
/// </summary>
public sealed class DocumentSampler
{
    private readonly Func<int, int[]> tokenize;
    private readonly int length;
    private readonly PythonRandom random;

    // Null until a document is tokenised; of one that is too short only the length is kept.
    private readonly (int Length, int[]? Tokens)?[] seen;

    /// <summary>Prepares to draw.</summary>
    /// <param name="documents">How many documents there are; at least 1.</param>
    /// <param name="tokenize">Token ids of a document, special tokens included. Called once for each document that is drawn.</param>
    /// <param name="length">Tokens per window.</param>
    /// <param name="seed">Seed of the draws.</param>
    public DocumentSampler(int documents, Func<int, int[]> tokenize, int length, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(documents, 1);
        this.tokenize = tokenize;
        this.length = length;
        seen = new (int, int[]?)?[documents];
        random = new PythonRandom(seed);
    }

    /// <summary>Documents drawn so far, the rejected ones included.</summary>
    public int DocumentDraws { get; private set; }

    /// <summary>Draws the next window.</summary>
    /// <exception cref="InvalidInputException">No document has more tokens than the window.</exception>
    public (CalibrationDraw Draw, int[] Ids) Next(CancellationToken cancellationToken = default)
    {
        int rejected = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            DocumentDraws++;
            int document = random.NextInteger(seen.Length - 1);
            if (Look(document).Tokens is { } tokens)
            {
                int offset = random.NextInteger(tokens.Length - length - 1);
                return (new CalibrationDraw(document, offset), tokens[offset..(offset + length)]);
            }

            if (++rejected == seen.Length)
            {
                RequireOneLongEnough(cancellationToken);
            }
        }
    }

    private (int Length, int[]? Tokens) Look(int document)
    {
        if (seen[document] is not { } found)
        {
            var tokens = tokenize(document);
            seen[document] = found = (tokens.Length, tokens.Length > length ? tokens : null);
        }

        return found;
    }

    /// <summary>
    /// Luck may reject as many draws as there are documents; only a look at all of them tells whether drawing on can ever end.
    /// </summary>
    private void RequireOneLongEnough(CancellationToken cancellationToken)
    {
        int longest = 0;
        for (int document = 0; document < seen.Length; document++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            longest = Math.Max(longest, Look(document).Length);
        }

        if (longest <= length)
        {
            throw new InvalidInputException("calibration-too-short", $"No document has more than {length} tokens.")
            {
                Found = $"0 of {seen.Length} documents are long enough; the longest has {longest} tokens",
                Expected = $"documents of at least {length + 1} tokens",
                Hint = $"Choose a `sequence-length` below {longest}, or join the documents with `calibration-rule {CalibrationRules.Stream}`.",
            };
        }
    }
}

/// <summary>Where a sequence was cut out.</summary>
/// <param name="Document">Index of the document; 0 for a stream.</param>
/// <param name="Offset">First token of the sequence within it.</param>
public readonly record struct CalibrationDraw(int Document, int Offset);
