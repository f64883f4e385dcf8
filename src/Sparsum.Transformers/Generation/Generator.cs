using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Generation.Processors;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Generation;

/// <summary>
/// Writes text, greedily, by beam search or by sampling: a decoder-only model continues prompts, a model with an encoder answers them.
/// </summary>
/// <param name="model">A <see cref="CausalLanguageModel"/> or an <see cref="EncoderDecoderModel"/>, loaded.</param>
/// <param name="computation">The operations; stays the caller's.</param>
public sealed class Generator(TransformerModel model, Computation computation)
{
    private const int BeyondPositions = 4;
    private const int ShortestRefused = 4096;

    /// <summary>
    /// Continues all prompts together. The result has for each prompt its new tokens, up to and including the one that ended it; of a beam
    /// search with several sequences to return, those of each prompt one after the other.
    /// </summary>
    /// <param name="prompts">
    /// Token ids, at least one per prompt. A decoder-only model has shorter ones padded on the left; an encoder has them padded on the right.
    /// </param>
    /// <param name="options">How to continue.</param>
    /// <param name="onStep">Called after each step.</param>
    /// <param name="cancellationToken">Cancels between steps.</param>
    /// <exception cref="ArgumentException">There is no prompt, the model writes no text, or an option is out of range.</exception>
    /// <exception cref="InvalidInputException">
    /// A prompt is empty, has a token that is not in the vocabulary, or needs with its new tokens more positions than the model has; or the
    /// options name a token that is not in the vocabulary, or a maximum length that leaves no room.
    /// </exception>
    /// <exception cref="RunFailedException">The model's logits are not finite, or the options exclude every token.</exception>
    public IReadOnlyList<int[]> Generate(
        IReadOnlyList<int[]> prompts,
        GenerationOptions options,
        Action<GenerationStep>? onStep = null,
        CancellationToken cancellationToken = default) =>
        [.. GenerateScored(prompts, options, onStep, cancellationToken).Select(sequence => sequence.Tokens)];

    /// <summary>As <see cref="Generate"/>, with the scores of a beam search.</summary>
    /// <inheritdoc cref="Generate"/>
    public IReadOnlyList<GeneratedSequence> GenerateScored(
        IReadOnlyList<int[]> prompts,
        GenerationOptions options,
        Action<GenerationStep>? onStep = null,
        CancellationToken cancellationToken = default)
    {
        return Run(prompts, Settle(model, prompts, options), 0, onStep, cancellationToken);
    }

    /// <summary>
    /// Continues each prompt as if it were alone: with the same tokens, from logits with the same bits, however many others there are, whatever
    /// they are and in whichever order. <paramref name="places"/> prompts share the passes of single tokens, and one that ends leaves its place to the
    /// next. There is no padding: settings that count tokens count those of the prompt. What prompts of a decoder-only model begin with alike is
    /// computed once, in pieces of 64 tokens, and copied. Prompt <c>i</c> draws from stream <c>i</c> of the seed.
    /// </summary>
    /// <param name="prompts">Token ids, at least one per prompt.</param>
    /// <param name="options">How to continue. Without <see cref="GenerationOptions.UseCache"/> prompts go one by one, and nothing is shared.</param>
    /// <param name="places">Most prompts at a time, at least 1: keys and values of so many are in memory, for each beam its own.</param>
    /// <param name="onStep">Called after each step of each prompt.</param>
    /// <param name="cancellationToken">Cancels between steps.</param>
    /// <returns>For each prompt <see cref="GenerationOptions.NumReturnSequences"/> sequences, prompt by prompt.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no place, or an option is out of range.</exception>
    /// <inheritdoc cref="Generate" path="/exception"/>
    public IReadOnlyList<GeneratedSequence> GenerateEach(
        IReadOnlyList<int[]> prompts,
        GenerationOptions options,
        int places,
        Action<PromptStep>? onStep = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(places, 1);
        GenerationOptions[] each = [.. prompts.Select(prompt => Settle(model, [prompt], options))];
        if (options.UseCache)
        {
            using var begun = BeginEach(prompts, each);
            return new ContinuousDecoding(begun, prompts, each, places).Run(onStep, cancellationToken);
        }

        return
        [
            .. prompts.SelectMany((prompt, i) => Run(
                [prompt], each[i], (ulong)i, onStep is null ? null : step => onStep(OfPrompt(i, step)), cancellationToken)),
        ];

        static PromptStep OfPrompt(int prompt, GenerationStep step) => new()
        {
            Prompt = prompt,
            Index = step.Index,
            Token = step.Tokens[0],
            HasEnded = step.HasEnded[0],
            SharedTokens = 0,
            Logits = step.Logits,
        };
    }

    private IReadOnlyList<GeneratedSequence> Run(
        IReadOnlyList<int[]> prompts, GenerationOptions options, ulong firstStream, Action<GenerationStep>? onStep, CancellationToken cancellationToken)
    {
        using var decoding = Begin(prompts, options);
        return options.NumBeams > 1
            ? new BeamSearch(decoding, Sources(prompts, options), options).Run(onStep, cancellationToken)
            : Choose(decoding, Sources(prompts, options), options, firstStream, onStep, cancellationToken);
    }

    /// <summary>What the settings that look at the source see: an encoder's input with its padding, as in the reference; else the prompt.</summary>
    private IReadOnlyList<int[]> Sources(IReadOnlyList<int[]> prompts, GenerationOptions options)
    {
        int longest = prompts.Max(prompt => prompt.Length);
        return model is EncoderDecoderModel
            ? [.. prompts.Select(prompt => prompt.Concat(Enumerable.Repeat(options.PadId, longest - prompt.Length)).ToArray())]
            : prompts;
    }

    private static GeneratedSequence[] Choose(
        Decoding decoding,
        IReadOnlyList<int[]> sources,
        GenerationOptions options,
        ulong firstStream,
        Action<GenerationStep>? onStep,
        CancellationToken cancellationToken)
    {
        var rows = decoding.Rows;
        var chooser = new TokenChooser(options, rows.Count, firstStream);
        var results = sources.Select(_ => new List<int>()).ToArray();
        var hasEnded = new bool[rows.Count];
        var tokens = new int[rows.Count];
        for (int step = 0; step < options.MaxNewTokens && !hasEnded.All(ended => ended); step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var logits = decoding.NextLogits();
            for (int row = 0; row < rows.Count; row++)
            {
                tokens[row] = hasEnded[row]
                    ? options.PadId
                    : chooser.Choose(row, logits.Row(row), new TokenHistory(rows.Tokens(row), step, sources[row], rows.Length));
                if (!hasEnded[row])
                {
                    results[row].Add(tokens[row]);
                    hasEnded[row] = options.EndIds.Contains(tokens[row]);
                }
            }

            rows.Append(tokens);
            onStep?.Invoke(new GenerationStep { Index = step, Tokens = [.. tokens], HasEnded = [.. hasEnded], Logits = logits });
        }

        return [.. results.Select(result => new GeneratedSequence([.. result], null))];
    }

    /// <summary>Checks prompts and options before anything is computed or loaded, and settles how many tokens may be added.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="options">The options.</param>
    /// <returns>The options with <see cref="GenerationOptions.MaxLength"/> turned into <see cref="GenerationOptions.MaxNewTokens"/>.</returns>
    /// <inheritdoc cref="Generate" path="/exception"/>
    public static GenerationOptions Settle(TransformerModel model, IReadOnlyList<int[]> prompts, GenerationOptions options)
    {
        options.Validate();
        CheckPrompts(model, prompts, options.MaxLength is null ? options.MaxNewTokens : 1);
        foreach (var (name, id) in options.NamedTokens())
        {
            if (id < 0 || id >= model.VocabularySize)
            {
                throw ConfigCheck.Invalid(name, $"{id}", $"a token of the vocabulary, 0 to {model.VocabularySize - 1}");
            }
        }

        if (options.MaxLength is not { } length)
        {
            return options;
        }

        int begin = model is EncoderDecoderModel ? 1 : prompts.Max(prompt => prompt.Length);
        if (length <= begin)
        {
            throw ConfigCheck.Invalid("max_length", $"{length}", $"above {begin}, the tokens that are there from the start");
        }

        CheckPrompts(model, prompts, length - begin);
        return options with { MaxNewTokens = length - begin, MaxLength = null };
    }

    /// <summary>
    /// The sequences as the reference returns them, all of one length: prompts padded on the left (of an encoder's target the start token),
    /// new tokens, and padding behind them. In a beam search the reference takes a padding id of 0 for none and pads with the first end id.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="results">What was written, <see cref="GenerationOptions.NumReturnSequences"/> for each prompt.</param>
    public static int[][] PadSequences(
        TransformerModel model, IReadOnlyList<int[]> prompts, GenerationOptions options, IReadOnlyList<GeneratedSequence> results)
    {
        int longest = results.Max(result => result.Tokens.Length);
        int padding = options is { NumBeams: > 1, PadId: 0, EndIds: [var end, ..] } ? end : options.PadId;
        int[][] begins = model is EncoderDecoderModel pair
            ? [.. prompts.Select(_ => new[] { options.DecoderStartTokenId ?? pair.StartToken })]
            : [.. prompts];
        int begin = begins.Max(row => row.Length);
        return
        [
            .. results.Select((result, i) => begins[i / options.NumReturnSequences]).Select((row, i) => (int[])
            [
                .. Enumerable.Repeat(options.PadId, begin - row.Length), .. row,
                .. results[i].Tokens, .. Enumerable.Repeat(padding, longest - results[i].Tokens.Length),
            ]),
        ];
    }

    private Decoding Begin(IReadOnlyList<int[]> prompts, GenerationOptions options) => model switch
    {
        CausalLanguageModel decoder => new PromptDecoding(decoder, computation, prompts, options),
        EncoderDecoderModel pair => new TargetDecoding(pair, computation, prompts, options),
        _ => throw new ArgumentException($"A {model.GetType().Name} writes no text.", nameof(model)),
    };

    private PromptModel BeginEach(IReadOnlyList<int[]> prompts, IReadOnlyList<GenerationOptions> options) => model switch
    {
        _ when prompts.Count == 0 => throw new ArgumentException("There is no prompt.", nameof(prompts)),
        CausalLanguageModel decoder => new DecoderPrompts(decoder, computation, prompts, options),
        EncoderDecoderModel pair => new SourcePrompts(pair, computation, prompts, options),
        _ => throw new ArgumentException($"A {model.GetType().Name} writes no text.", nameof(model)),
    };

    /// <summary>Checks prompts before anything is computed or loaded.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="maxNewTokens">Most tokens to add.</param>
    /// <exception cref="ArgumentException">There is no prompt.</exception>
    /// <exception cref="InvalidInputException">
    /// A prompt is empty, needs more positions than the model has, or is many times longer than what it was made for.
    /// </exception>
    public static void CheckPrompts(TransformerModel model, IReadOnlyList<int[]> prompts, int maxNewTokens)
    {
        if (prompts.Count == 0)
        {
            throw new ArgumentException("There is no prompt.", nameof(prompts));
        }

        if (prompts.Any(prompt => prompt.Length == 0))
        {
            throw new InvalidInputException("empty-prompt", "A prompt has no tokens.")
            {
                Expected = "at least one token",
                Hint = "Begin the prompt with the tokenizer's begin token.",
            };
        }

        // The last new token is never read back.
        int longest = prompts.Max(prompt => prompt.Length);
        int needed = longest + maxNewTokens - 1;
        if (model.PositionEmbedding is not null && needed > model.MaxPositions)
        {
            throw new InvalidInputException(
                "sequence-too-long", $"Prompt and new tokens need {needed} positions; the model has {model.MaxPositions}.")
            {
                Found = $"{needed} positions",
                Expected = $"at most {model.MaxPositions}",
                Hint = "Shorten the prompt or ask for fewer new tokens.",
            };
        }

        // Other positions have no end, but the work grows with the square of the length, for an output that means nothing.
        if (longest > Math.Max(ShortestRefused, BeyondPositions * (long)model.MaxPositions))
        {
            throw new InvalidInputException(
                "sequence-too-long", $"A prompt has {longest} tokens; the model was made for {model.MaxPositions}.")
            {
                Found = $"{longest} tokens",
                Expected = $"at most {Math.Max(ShortestRefused, BeyondPositions * (long)model.MaxPositions)}",
                Hint = "Shorten the prompt, or split the file into shorter lines.",
            };
        }
    }
}
