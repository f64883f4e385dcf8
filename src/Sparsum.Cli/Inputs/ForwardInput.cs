using Sparsum.Core;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Inputs;

/// <summary>What one forward pass reads: token ids with their mask, and what the head is to say if a loss is wanted.</summary>
/// <param name="Batch">The tokens.</param>
/// <param name="Labels">Classes or tokens; null where there are none, and for a head of another kind.</param>
/// <param name="Numbers">The numbers that a regression is to give.</param>
internal sealed record ForwardInput(TokenBatch Batch, int[]? Labels, float[]? Numbers)
{
    private const string LabelsName = "labels";

    private const string TypesName = "token_type_ids";

    private const string TargetName = "decoder_input_ids";

    private const int IgnoredLabel = -100;

    private static readonly string[] Names = ["input_ids", "attention_mask", "position_ids", TypesName, TargetName];

    /// <summary>Inputs of the file that the model has no use for, by name.</summary>
    public required IReadOnlyList<string> Unread { get; init; }

    /// <summary>Whether there is something to compute a loss from.</summary>
    public bool HasLoss => Labels is not null || Numbers is not null;

    /// <summary>Reads and checks a file.</summary>
    public static ForwardInput Read(string path, TransformerModel model)
    {
        bool isRegression = model.Classification?.Problem == ProblemType.Regression;
        var file = TokenFile.Read(path, isRegression ? Names : [.. Names, LabelsName]);
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
            _ when isRegression => null,
            { Classification: { } head } => FindLabels(file, path, head, ids.Rows),
            EncoderDecoderModel => file.Find(LabelsName),
            _ => file.Find(LabelsName, ids),
        };
        if (labels is not null && model.Classification is null)
        {
            CheckRange(path, LabelsName, labels, model.VocabularySize, IgnoredLabel);
        }

        var types = file.Find(TypesName, ids);
        var mask = file.Find("attention_mask", ids);
        var positions = file.Find("position_ids", ids);
        byte[]? maskBytes = mask is null ? null : [.. mask.Values.Select(value => value == 0 ? (byte)0 : (byte)1)];
        var batch = new TokenBatch(ids.Values, ids.Rows, maskBytes)
        {
            Positions = positions?.Values,
            TokenTypeIds = types?.Values,
            Target = model is EncoderDecoderModel pair ? FindTarget(file, path, pair, ids.Rows, labels) : null,
        };
        return new ForwardInput(batch, labels?.Values, isRegression ? FindNumbers(path, model.Classification!, ids.Rows) : null)
        {
            Unread =
            [
                .. types is not null && model is not EncoderModel { TokenTypeEmbedding: not null } ? [TypesName] : Array.Empty<string>(),
                .. file.Find(TargetName) is not null && model is not EncoderDecoderModel ? [TargetName] : Array.Empty<string>(),
            ],
        };
    }

    /// <summary>One class per sequence.</summary>
    private static TokenMatrix? FindLabels(TokenFile file, string path, ClassificationHead head, int sequences)
    {
        if (file.Find(LabelsName) is not { } labels)
        {
            return null;
        }

        RequireCount(path, labels.Values.Length, sequences, "A classifier has one label per sequence.");
        CheckRange(path, LabelsName, labels, head.LabelCount, IgnoredLabel);
        return labels;
    }

    /// <summary>One number per sequence and output.</summary>
    private static float[]? FindNumbers(string path, ClassificationHead head, int sequences)
    {
        if (TokenFile.ReadNumbers(path, LabelsName) is not { } numbers)
        {
            return null;
        }

        RequireCount(path, numbers.Length, sequences * head.LabelCount, "A regression has one number per sequence and output.");
        int bad = Array.FindIndex(numbers, number => !float.IsFinite(number));
        return bad < 0 ? numbers : throw new InvalidInputException("malformed-input", $"'{LabelsName}' in '{path}' has a value that is no finite number.")
        {
            File = path,
            Found = FormattableString.Invariant($"{numbers[bad]} at {bad}"),
            Expected = "finite numbers",
        };
    }

    private static void RequireCount(string path, int found, int expected, string hint)
    {
        if (found != expected)
        {
            throw new InvalidInputException("shape-mismatch", $"'{LabelsName}' in '{path}' does not have one value per sequence and output.")
            {
                File = path,
                Found = $"{found} values",
                Expected = $"{expected}",
                Hint = hint,
            };
        }
    }

    /// <summary>What the decoder reads: as given, or the labels shifted to the right.</summary>
    private static TokenBatch FindTarget(TokenFile file, string path, EncoderDecoderModel model, int sequences, TokenMatrix? labels)
    {
        var given = labels is null ? file.Get("decoder_input_ids") : file.Find(TargetName, labels);
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
