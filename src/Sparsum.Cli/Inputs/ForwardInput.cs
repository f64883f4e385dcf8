using Sparsum.Transformers.Errors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Cli.Inputs;

/// <summary>What one forward pass reads: token ids with their mask, and labels if a loss is wanted.</summary>
internal sealed record ForwardInput(TokenBatch Batch, int[]? Labels)
{
    private const int IgnoredLabel = -100;

    private static readonly string[] Names = ["input_ids", "attention_mask", "position_ids", "labels"];

    /// <summary>Reads and checks a file.</summary>
    public static ForwardInput Read(string path, int vocabularySize)
    {
        var file = TokenFile.Read(path, Names);
        var ids = file.Get("input_ids");
        if (ids.Values.Length == 0)
        {
            throw new InvalidInputException("empty-input", $"'input_ids' in '{path}' is empty.")
            {
                File = path,
                Found = $"[{ids.Rows}, {ids.Columns}]",
                Expected = "at least one token",
                Hint = "Give at least one row with at least one token.",
            };
        }

        CheckRange(path, "input_ids", ids, vocabularySize, ignored: null);
        var labels = file.Find("labels", ids);
        if (labels is not null)
        {
            CheckRange(path, "labels", labels, vocabularySize, IgnoredLabel);
        }

        var mask = file.Find("attention_mask", ids);
        var positions = file.Find("position_ids", ids);
        byte[]? maskBytes = mask is null ? null : [.. mask.Values.Select(value => value == 0 ? (byte)0 : (byte)1)];
        return new ForwardInput(new TokenBatch(ids.Values, ids.Rows, maskBytes) { Positions = positions?.Values }, labels?.Values);
    }

    private static void CheckRange(string path, string name, TokenMatrix matrix, int vocabularySize, int? ignored)
    {
        int index = Array.FindIndex(matrix.Values, value => value != ignored && (value < 0 || value >= vocabularySize));
        if (index >= 0)
        {
            throw new InvalidInputException("token-out-of-range", $"'{name}' in '{path}' has a token that the model does not know.")
            {
                File = path,
                Found = $"{matrix.Values[index]} at [{index / matrix.Columns}, {index % matrix.Columns}]",
                Expected = $"0 to {vocabularySize - 1}{(ignored is null ? "" : $", or {ignored} to skip a position")}",
                Hint = "Use ids of this model's tokenizer.",
            };
        }
    }
}
