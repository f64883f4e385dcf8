using System.Security.Cryptography;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Sparsum.Transformers.Models;

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
                Hint = "Check the path given as `calibration`.",
            };
        }

        var set = TokenIdFile.Holds(options.File)
            ? LoadIds(options, model.Model)
            : LoadText(
                options,
                TextFile.Read(options.File),
                new CalibrationFrame(model.Model, model.Tokenizer, LengthOf(options, model.Model)),
                cancellationToken);
        CheckAgainst(model.Model, set, options.File);
        return set;
    }

    private static CalibrationSet LoadIds(CalibrationOptions options, TransformerModel model)
    {
        RefuseUnused("calibration-rule", options.Rule);
        RefuseUnused("sequence-length", options.SequenceLength);
        var ids = TokenIdFile.Read(options.File);
        int samples = options.Samples ?? ids.Sequences.Count;
        if (samples > ids.Sequences.Count)
        {
            throw new InvalidInputException("calibration-too-short", $"'{options.File}' has fewer rows than samples were asked for.")
            {
                File = options.File,
                Found = FormattableString.Invariant($"{ids.Sequences.Count} rows"),
                Expected = FormattableString.Invariant($"at least {samples} rows"),
                Hint = FormattableString.Invariant($"Leave out `samples` to take all rows, or give `samples {ids.Sequences.Count}` or less."),
            };
        }

        IReadOnlyList<int[]> sequences = [.. ids.Sequences.Take(samples)];
        IReadOnlyList<int[]>? targets = ids.Targets is null ? null : [.. ids.Targets.Take(samples)];
        if (model is not EncoderDecoderModel)
        {
            targets = null;
        }
        else if (targets is null)
        {
            throw new InvalidInputException("missing-targets", $"The model has a decoder, but '{options.File}' gives it nothing to read.")
            {
                File = options.File,
                Found = "input_ids alone",
                Expected = "decoder_input_ids [samples, tokens] beside input_ids",
                Hint = "Add them, or give text, of which the second half serves.",
            };
        }

        return Describe(
            options,
            CalibrationRules.Ids,
            sequences,
            targets,
            documents: 0,
            documentDraws: 0,
            model is CausalLanguageModel ? HeldOutText.OfRows(ids.Sequences, samples) : []);

        void RefuseUnused(string option, object? value)
        {
            if (value is not null)
            {
                throw new InvalidInputException("unused-option", $"`{option}` would have no effect: ready ids are used as they are.")
                {
                    Option = option,
                    Found = $"{value} with '{options.File}'",
                    Hint = $"Leave out `{option}`, or give text.",
                };
            }
        }
    }

    private static int LengthOf(CalibrationOptions options, TransformerModel model) =>
        options.SequenceLength ?? Math.Min(CalibrationOptions.LargestDefaultSequenceLength, model.MaxPositions);

    /// <summary>Draws from text that was read already.</summary>
    internal static CalibrationSet LoadText(
        CalibrationOptions options, TextFile text, CalibrationFrame frame, CancellationToken cancellationToken)
    {
        string rule = options.Rule ?? (text switch
        {
            { HasDocuments: false } => CalibrationRules.Stream,
            _ => frame.TakesShortDocuments ? CalibrationRules.Documents : CalibrationRules.C4,
        });
        try
        {
            var (cuts, draws, rest) = rule switch
            {
                CalibrationRules.C4 => DrawWindows(options, text, frame, cancellationToken),
                CalibrationRules.Documents => DrawStarts(options, text, frame, cancellationToken),
                CalibrationRules.WikiText2 => DrawFromStream(options, PublishedRows.WikiText(text), frame),
                CalibrationRules.Ptb => DrawFromStream(options, PublishedRows.Treebank(text), frame),
                _ => DrawFromStream(options, text.Documents, frame),
            };
            var samples = cuts.ConvertAll(cut => frame.Frame(cut));
            var targets = samples.Select(sample => sample.Target).OfType<int[]>().ToList();
            return Describe(
                options,
                rule,
                samples.ConvertAll(sample => sample.Sequence),
                targets.Count == 0 ? null : targets,
                text.Documents.Count,
                draws,
                frame.IsBare ? rest() : []);
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
    }

    private static Drawn DrawWindows(CalibrationOptions options, TextFile text, CalibrationFrame frame, CancellationToken cancellationToken)
    {
        var sampler = new DocumentSampler(
            text.Documents.Count, document => frame.Tokenize(text.Documents[document]), frame.LongestText, options.Seed);
        var draws = Repeat(options, () => sampler.Next(cancellationToken));
        return new Drawn(
            draws.ConvertAll(draw => draw.Ids),
            sampler.DocumentDraws,
            () => HeldOutText.OfDocuments(text, draws.Select(draw => draw.Draw.Document).ToHashSet(), frame.Tokenize));
    }

    private static Drawn DrawStarts(CalibrationOptions options, TextFile text, CalibrationFrame frame, CancellationToken cancellationToken)
    {
        var sampler = new DocumentStartSampler(
            text.Documents.Count, document => frame.Tokenize(text.Documents[document]), frame.ShortestText, frame.LongestText, options.Seed);
        var draws = Repeat(options, () => (Ids: sampler.Next(cancellationToken), Document: sampler.LastDocument));
        return new Drawn(
            draws.ConvertAll(draw => draw.Ids),
            sampler.DocumentDraws,
            () => HeldOutText.OfDocuments(text, draws.Select(draw => draw.Document).ToHashSet(), frame.Tokenize));
    }

    private static Drawn DrawFromStream(CalibrationOptions options, IReadOnlyList<string> texts, CalibrationFrame frame)
    {
        int[] tokens = frame.Tokenize(string.Join(' ', texts));
        var sampler = new StreamSampler(tokens, options.Seed);
        var draws = Repeat(options, () => sampler.Next(frame.LongestText));
        return new Drawn(
            draws.ConvertAll(draw => draw.Ids), 0, () => HeldOutText.OfStream(tokens, draws.Select(draw => draw.Draw.Offset), frame.LongestText));
    }

    private static List<T> Repeat<T>(CalibrationOptions options, Func<T> draw) =>
        [.. Enumerable.Range(0, options.Samples ?? CalibrationOptions.DefaultSamples).Select(_ => draw())];

    private static CalibrationSet Describe(
        CalibrationOptions options,
        string rule,
        IReadOnlyList<int[]> sequences,
        IReadOnlyList<int[]>? targets,
        int documents,
        int documentDraws,
        IReadOnlyList<int[]> heldOut)
    {
        using var stream = File.OpenRead(options.File);
        return new CalibrationSet(sequences, new CalibrationProvenance
        {
            File = options.File,
            FileSha256 = Convert.ToHexStringLower(SHA256.HashData(stream)),
            IdsSha256 = CalibrationSet.Hash(sequences, targets),
            Rule = rule,
            Samples = sequences.Count,
            SequenceLength = sequences.Max(sequence => sequence.Length),
            Tokens = sequences.Sum(sequence => sequence.Length),
            TargetTokens = targets?.Sum(target => target.Length) ?? 0,
            Seed = options.Seed,
            Documents = documents,
            DocumentDraws = documentDraws,
        })
        {
            Targets = targets,
            HeldOut = heldOut,
        };
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
                Hint = FormattableString.Invariant($"Use `sequence-length {model.MaxPositions}` or less."),
            };
        }

        int largest = set.Sequences.Concat(set.Targets ?? []).Max(sequence => sequence.Max());
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

    /// <summary>What was drawn from text.</summary>
    /// <param name="Cuts">The sequences, without what stands around them.</param>
    /// <param name="Draws">Documents drawn, the rejected ones included.</param>
    /// <param name="Rest">What no draw took.</param>
    private sealed record Drawn(List<int[]> Cuts, int Draws, Func<IReadOnlyList<int[]>> Rest);
}
