using System.Security.Cryptography;
using Sparsum.Evaluation.Datasets;
using Sparsum.Transformers.Errors;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>Turns a calibration file into sequences of token ids for one model.</summary>
public static class CalibrationLoader
{
    /// <summary>Reads the file and draws from it; the model's tokenizer is opened only when the file holds text.</summary>
    /// <exception cref="InvalidInputException">
    /// An option is out of range, the file is missing, malformed or too short, or its ids or lengths are beyond what the model knows.
    /// </exception>
    public static CalibrationSet Load(CalibrationOptions options, PretrainedModel model, CancellationToken cancellationToken = default)
    {
        options.Validate();
        if (!File.Exists(options.File))
        {
            throw new InvalidInputException("missing-file", $"There is no calibration file '{options.File}'.")
            {
                File = options.File,
                Hint = "Check the path given to --calibration.",
            };
        }

        var set = CalibrationIds.IsIdsFile(options.File)
            ? LoadIds(options)
            : LoadText(options, TextFile.Read(options.File), model.Tokenizer, cancellationToken);
        CheckAgainst(model.Model, set, options.File);
        return set;
    }

    private static CalibrationSet LoadIds(CalibrationOptions options)
    {
        var sequences = CalibrationIds.Read(options.File);
        return Describe(options, CalibrationRules.Ids, sequences, documents: 0, documentDraws: 0);
    }

    /// <summary>Draws from text that was read already.</summary>
    internal static CalibrationSet LoadText(
        CalibrationOptions options, TextFile text, ITokenizer tokenizer, CancellationToken cancellationToken)
    {
        int length = options.SequenceLength;
        string rule = options.Rule ?? (text.IsJsonLines ? CalibrationRules.C4 : CalibrationRules.Stream);
        var sequences = new int[options.Samples][];
        int draws = 0;
        try
        {
            if (rule == CalibrationRules.C4)
            {
                var sampler = new DocumentSampler(
                    text.Documents.Count, document => tokenizer.Encode(text.Documents[document]), length, options.Seed);
                for (int i = 0; i < sequences.Length; i++)
                {
                    sequences[i] = sampler.Next(cancellationToken).Ids;
                }

                draws = sampler.DocumentDraws;
            }
            else
            {
                var sampler = new StreamSampler(tokenizer.Encode(string.Join(' ', text.Documents)), options.Seed);
                for (int i = 0; i < sequences.Length; i++)
                {
                    sequences[i] = sampler.Next(length).Ids;
                }
            }
        }
        catch (InvalidInputException exception) when (exception.File is null)
        {
            throw new InvalidInputException(exception.Code, exception.Message)
            {
                File = options.File,
                Found = exception.Found,
                Expected = exception.Expected,
                Hint = exception.Hint,
            };
        }

        return Describe(options, rule, sequences, text.Documents.Count, draws);
    }

    private static CalibrationSet Describe(
        CalibrationOptions options, string rule, IReadOnlyList<int[]> sequences, int documents, int documentDraws)
    {
        using var stream = File.OpenRead(options.File);
        return new CalibrationSet(sequences, new CalibrationProvenance
        {
            File = options.File,
            FileSha256 = Convert.ToHexStringLower(SHA256.HashData(stream)),
            IdsSha256 = CalibrationSet.Hash(sequences),
            Rule = rule,
            Samples = sequences.Count,
            SequenceLength = sequences[0].Length,
            Seed = options.Seed,
            Documents = documents,
            DocumentDraws = documentDraws,
        });
    }

    private static void CheckAgainst(TransformerModel model, CalibrationSet set, string file)
    {
        if (set.SequenceLength > model.MaxPositions)
        {
            throw new InvalidInputException(
                "sequence-too-long", $"Calibration sequences of {set.SequenceLength} tokens are too long for this model.")
            {
                File = file,
                Found = FormattableString.Invariant($"{set.SequenceLength} tokens"),
                Expected = FormattableString.Invariant($"at most {model.MaxPositions} tokens (max_position_embeddings)"),
                Hint = FormattableString.Invariant($"Use --sequence-length {model.MaxPositions} or less."),
            };
        }

        int largest = set.Sequences.Max(sequence => sequence.Max());
        if (largest >= model.VocabularySize)
        {
            throw new InvalidInputException("id-out-of-vocabulary", $"The calibration data hold the token id {largest}.")
            {
                File = file,
                Found = FormattableString.Invariant($"id {largest}"),
                Expected = FormattableString.Invariant($"ids below the vocabulary size {model.VocabularySize}"),
                Hint = "Use data that was tokenised for this model.",
            };
        }
    }
}
