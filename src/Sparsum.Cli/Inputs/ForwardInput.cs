using Sparsum.Core;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Inputs;

/// <summary>What one forward pass reads: token ids with their mask, and labels if a loss is wanted.</summary>
internal sealed record ForwardInput(TokenBatch Batch, int[]? Labels)
{
    private const int IgnoredLabel = -100;

    private static readonly string[] Names = ["input_ids", "attention_mask", "position_ids", "token_type_ids", "decoder_input_ids", "labels"];

    /// <summary>Reads and checks a file.</summary>
    public static ForwardInput Read(string path, TransformerModel model)
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

        CheckRange(path, "input_ids", ids, model.VocabularySize, ignored: null);
        var labels = model switch
        {
            { Classification: { } head } => FindLabels(file, path, head, ids.Rows),
            EncoderDecoderModel => file.Find("labels"),
            _ => file.Find("labels", ids),
        };
        if (labels is not null && model.Classification is null)
        {
            CheckRange(path, "labels", labels, model.VocabularySize, IgnoredLabel);
        }

        var types = file.Find("token_type_ids", ids);
        var mask = file.Find("attention_mask", ids);
        var positions = file.Find("position_ids", ids);
        byte[]? maskBytes = mask is null ? null : [.. mask.Values.Select(value => value == 0 ? (byte)0 : (byte)1)];
        var batch = new TokenBatch(ids.Values, ids.Rows, maskBytes)
        {
            Positions = positions?.Values,
            TokenTypeIds = types?.Values,
            Target = model is EncoderDecoderModel pair ? FindTarget(file, path, pair, ids.Rows, labels) : null,
        };
        return new ForwardInput(batch, labels?.Values);
    }

    /// <summary>One label per sequence: a class, or the number that a regression is to give.</summary>
    private static TokenMatrix? FindLabels(TokenFile file, string path, ClassificationHead head, int sequences)
    {
        if (file.Find("labels") is not { } labels)
        {
            return null;
        }

        bool isClass = head.Problem == ProblemType.SingleLabelClassification;
        int count = isClass ? sequences : sequences * head.LabelCount;
        if (labels.Values.Length != count)
        {
            throw new InvalidInputException("shape-mismatch", $"'labels' in '{path}' does not have one value per sequence and output.")
            {
                File = path,
                Found = $"{labels.Values.Length} values",
                Expected = $"{count}",
                Hint = "A classifier has one label per sequence.",
            };
        }

        if (isClass)
        {
            CheckRange(path, "labels", labels, head.LabelCount, IgnoredLabel);
        }

        return labels;
    }

    /// <summary>What the decoder reads: as given, or the labels shifted to the right.</summary>
    private static TokenBatch FindTarget(TokenFile file, string path, EncoderDecoderModel model, int sequences, TokenMatrix? labels)
    {
        var given = labels is null ? file.Get("decoder_input_ids") : file.Find("decoder_input_ids", labels);
        var target = given ?? labels!;
        if (target.Rows != sequences || target.Columns == 0)
        {
            throw new InvalidInputException("shape-mismatch", $"The targets in '{path}' do not belong to the sources one by one.")
            {
                File = path,
                Found = $"[{target.Rows}, {target.Columns}]",
                Expected = $"[{sequences}, at least 1]",
                Hint = "Give 'decoder_input_ids' or 'labels' one row for each row of 'input_ids'.",
            };
        }

        if (given is null)
        {
            return model.ShiftRight(target.Values, sequences);
        }

        CheckRange(path, "decoder_input_ids", given, model.VocabularySize, ignored: null);
        return new TokenBatch(given.Values, sequences);
    }

    private static void CheckRange(string path, string name, TokenMatrix matrix, int vocabularySize, int? ignored)
    {
        int index = Array.FindIndex(matrix.Values, value => value != ignored && (value < 0 || value >= vocabularySize));
        if (index >= 0)
        {
            throw new InvalidInputException("token-out-of-range", $"'{name}' in '{path}' has a number that the model does not know.")
            {
                File = path,
                Found = $"{matrix.Values[index]} at [{index / matrix.Columns}, {index % matrix.Columns}]",
                Expected = $"0 to {vocabularySize - 1}{(ignored is null ? "" : $", or {ignored} to skip a position")}",
                Hint = "Use ids of this model's tokenizer.",
            };
        }
    }
}
