using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>
/// Draws documents and takes the beginning of each, whole where it is short: for models that are made for texts rather than for windows.
/// Documents may come again; those without text are drawn again. The first <c>n</c> samples do not depend on how many follow.
/// </summary>
public sealed class DocumentStartSampler
{
    private readonly Func<int, int[]> tokenize;
    private readonly int shortest;
    private readonly int longest;
    private readonly PythonRandom random;
    private readonly int[]?[] seen;

    /// <summary>Prepares to draw.</summary>
    /// <param name="documents">How many documents there are; at least 1.</param>
    /// <param name="tokenize">Token ids of a document. Called once for each document that is drawn.</param>
    /// <param name="shortest">Fewest tokens of a document that is taken.</param>
    /// <param name="longest">Tokens after which a document is cut.</param>
    /// <param name="seed">Seed of the draws.</param>
    public DocumentStartSampler(int documents, Func<int, int[]> tokenize, int shortest, int longest, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(documents, 1);
        this.tokenize = tokenize;
        this.shortest = shortest;
        this.longest = longest;
        random = new PythonRandom(seed);
        seen = new int[]?[documents];
    }

    /// <summary>Documents drawn so far, the rejected ones included.</summary>
    public int DocumentDraws { get; private set; }

    /// <summary>The document that the last draw took.</summary>
    public int LastDocument { get; private set; }

    /// <summary>Draws the next document.</summary>
    /// <exception cref="InvalidInputException">No document has as many tokens as it takes.</exception>
    public int[] Next(CancellationToken cancellationToken = default)
    {
        int rejected = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            DocumentDraws++;
            LastDocument = random.NextInteger(seen.Length - 1);
            int[] ids = Look(LastDocument);
            if (ids.Length >= shortest)
            {
                return ids;
            }

            // Luck may reject as many draws as there are documents; only a look at all of them tells whether drawing on can ever end.
            if (++rejected == seen.Length && Enumerable.Range(0, seen.Length).All(document => Look(document).Length < shortest))
            {
                throw new InvalidInputException("calibration-too-short", $"No document has {shortest} or more tokens.")
                {
                    Found = $"{seen.Length} documents, none of them long enough",
                    Expected = $"documents of at least {shortest} tokens",
                    Hint = "Give a file with more text.",
                };
            }
        }
    }

    private int[] Look(int document)
    {
        if (seen[document] is not { } ids)
        {
            ids = tokenize(document);
            seen[document] = ids = ids.Length > longest ? ids[..longest] : ids;
        }

        return ids;
    }
}
