using Sparsum.Core;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Evaluation.TextPairs;

/// <summary>Text pairs as tokens of one model.</summary>
/// <param name="Set">The texts.</param>
/// <param name="Sources">The tokens that the encoder reads, special ones included, in the order of the texts.</param>
/// <param name="Targets">The tokens that the decoder is to write, each with its end.</param>
/// <param name="CutSources">How many sources were longer than the most tokens, and lost their ends.</param>
/// <param name="CutTargets">How many targets were.</param>
public sealed record EncodedPairs(
    TextPairSet Set, IReadOnlyList<int[]> Sources, IReadOnlyList<int[]> Targets, int CutSources, int CutTargets)
{
    /// <summary>What was cut and left out, a sentence each without capital and full stop.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            var warnings = new List<string>();
            string files = $"'{string.Join("' and '", Set.Files)}'";
            if (Set.Empty > 0)
            {
                warnings.Add($"{Set.Empty} lines are empty in both of {files}, and are left out");
            }

            if (CutSources + CutTargets > 0)
            {
                warnings.Add($"of {Sources.Count} examples in {files} {CutSources} sources and {CutTargets} targets are longer than the most tokens, and are cut");
            }

            return warnings;
        }
    }

    /// <summary>Encodes a split.</summary>
    /// <param name="set">The texts.</param>
    /// <param name="pretrained">A model with an encoder and a decoder, whose tokenizer encodes.</param>
    /// <param name="options">What stands in front of sources, and how long they may be.</param>
    /// <param name="cancellationToken">Stops between texts.</param>
    /// <exception cref="InvalidInputException">The model knows no end of texts, or ids of the tokenizer lie outside its vocabulary.</exception>
    public static EncodedPairs Create(
        TextPairSet set, PretrainedModel pretrained, PairEncodingOptions options, CancellationToken cancellationToken = default)
    {
        var tokenizer = pretrained.Tokenizer;
        int end = EndOf(pretrained);
        var sources = new int[set.Pairs.Count][];
        var targets = new int[set.Pairs.Count][];
        var (cutSources, cutTargets) = (0, 0);
        foreach (var (index, pair) in set.Pairs.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            sources[index] = Encode(tokenizer, options.Prefix + pair.Source, options.MaxSourceLength, null, ref cutSources);
            targets[index] = Encode(tokenizer, pair.Target, options.MaxTargetLength, end, ref cutTargets);
        }

        RequireVocabulary(sources.Concat(targets), pretrained);
        return new EncodedPairs(set, sources, targets, cutSources, cutTargets);
    }

    /// <summary>The first of so many pairs, or all.</summary>
    public EncodedPairs Take(int? count) => count is { } most && most < Sources.Count
        ? this with { Set = Set with { Pairs = [.. Set.Pairs.Take(most)] }, Sources = [.. Sources.Take(most)], Targets = [.. Targets.Take(most)] }
        : this;

    /// <summary>The token that ends a text.</summary>
    /// <exception cref="InvalidInputException">Neither tokenizer nor configuration names one.</exception>
    public static int EndOf(PretrainedModel pretrained) => pretrained.Tokenizer.EndId ?? pretrained.ModelConfig.EosTokenId?[0]
        ?? throw new InvalidInputException("missing-special-token", "The tokenizer has no eos_token, without which no text that is written ends.")
        {
            File = pretrained.Folder,
            Expected = "an eos_token in the tokenizer's files, or an eos_token_id in config.json",
            Hint = "Use the tokenizer of a model with an encoder and a decoder, or learn one with `train-tokenizer seq2seq-bpe`.",
        };

    private static int[] Encode(ITokenizer tokenizer, string text, int length, int? end, ref int cut)
    {
        int[] ids = tokenizer.EncodePair(text, null).Ids;
        int needed = ids.Length + (end is { } token && ids[^1] != token ? 1 : 0);
        if (needed > length)
        {
            cut++;
            ids = tokenizer.EncodePair(text, null, length - (needed - ids.Length)).Ids;
        }

        return end is { } last && ids[^1] != last ? [.. ids, last] : ids;
    }

    private static void RequireVocabulary(IEnumerable<int[]> texts, PretrainedModel pretrained)
    {
        int largest = texts.Max(ids => ids.Max());
        if (largest >= pretrained.Model.VocabularySize)
        {
            throw new InvalidInputException("vocabulary-mismatch", "The tokenizer has ids that the model does not know.")
            {
                File = pretrained.Folder,
                Found = $"id {largest}",
                Expected = $"below {pretrained.Model.VocabularySize}, the model's vocab_size",
                Hint = "Use the tokenizer that belongs to the model.",
            };
        }
    }
}

/// <summary>How text pairs become tokens.</summary>
public sealed record PairEncodingOptions
{
    /// <summary>What stands in front of every source.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Most tokens of a source, special ones included.</summary>
    public int MaxSourceLength { get; init; } = 1024;

    /// <summary>Most tokens of a target, its end included.</summary>
    public int MaxTargetLength { get; init; } = 128;
}
