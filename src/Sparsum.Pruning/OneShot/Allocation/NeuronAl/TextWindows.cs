using Sparsum.Core;
using Sparsum.Evaluation.Perplexity;
using Sparsum.Evaluation.Texts;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>The text whose perplexity is reported: ready ids as they are, or text cut into neighbouring windows.</summary>
/// <param name="path">The file.</param>
/// <param name="count">How many windows of it; 0 for all.</param>
/// <param name="length">Tokens of a window that is cut.</param>
internal sealed class TextWindows(string path, int count, int length)
{
    /// <summary>A token that begins a text, and the mark that some tokenizers put before its first word.</summary>
    private const int TokensInFront = 2;

    /// <summary>
    /// How many windows there are at most, without a tokenizer: one token a byte is more than any text has, and one more window leaves room
    /// for special tokens.
    /// </summary>
    /// <exception cref="InvalidInputException">The file is missing, or its ids are malformed.</exception>
    public CalibrationShape Shape()
    {
        RequireFile();
        return TokenIdFile.Holds(path)
            ? CalibrationShape.Of(Take(TokenIdFile.Read(path).Sequences))
            : new CalibrationShape((int)Math.Min(count == 0 ? int.MaxValue : count, (MostTokens(TextFile.Read(path)) / length) + 1), length);
    }

    /// <summary>Reads and cuts the text.</summary>
    /// <exception cref="InvalidInputException">The file is missing, malformed or too short.</exception>
    public CalibrationSet Read(PretrainedModel pretrained)
    {
        RequireFile();
        int[][] windows = Take(TokenIdFile.Holds(path) ? TokenIdFile.Read(path).Sequences : Cut(pretrained));
        return new CalibrationSet(windows, new CalibrationProvenance
        {
            File = path,
            FileSha256 = "",
            IdsSha256 = CalibrationSet.Hash(windows),
            Rule = CalibrationRules.Ids,
            Samples = windows.Length,
            SequenceLength = windows[0].Length,
            Seed = 0,
            Documents = 0,
            DocumentDraws = 0,
        });
    }

    /// <summary>A token a byte, and what a tokenizer puts in front of each text.</summary>
    private static long MostTokens(TextFile file) => file.Bytes + (TokensInFront * file.Documents.Count);

    private int[][] Take(IReadOnlyList<int[]> windows) => [.. count == 0 ? windows : windows.Take(count)];

    private IReadOnlyList<int[]> Cut(PretrainedModel pretrained)
    {
        var file = TextFile.Read(path);
        var protocol = file.HasDocuments ? PerplexityProtocol.Concatenated : PerplexityProtocol.Joined;
        return TokenizedText.Create(
            file, pretrained.Tokenizer, pretrained.Model.MaxPositions, new PerplexityOptions { Protocol = protocol, Window = length }).Sequences;
    }

    private void RequireFile()
    {
        if (!File.Exists(path))
        {
            throw new InvalidInputException("missing-file", $"There is no file '{path}'.") { File = path, Hint = "Check neuronal.perplexity." };
        }
    }
}
