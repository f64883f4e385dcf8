using System.Runtime.InteropServices;
using Sparsum.Tensors;
using Sparsum.Transformers.Generation.Processors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Generation;

/// <summary>A prompt that is being continued: one row of tokens, or after the first step of a beam search one for each beam.</summary>
internal sealed class ContinuedPrompt : IDisposable
{
    private readonly int[] source;
    private readonly GenerationOptions options;
    private readonly TokenChooser chooser;
    private readonly ILogitsProcessor[] processors;
    private readonly BeamGroup? beams;
    private readonly int begin;
    private List<int>[] rows;
    private KeyValueCache[] caches;
    private int step;

    /// <summary>Begins a prompt.</summary>
    /// <param name="index">Its number, which is also that of its random stream.</param>
    /// <param name="source">What settings that look at the source see.</param>
    /// <param name="options">How to go on; the most new tokens are settled.</param>
    /// <param name="tokens">The tokens before the first new one.</param>
    /// <param name="begun">Their keys and values.</param>
    public ContinuedPrompt(int index, int[] source, GenerationOptions options, int[] tokens, BegunPrompt begun)
    {
        (Index, this.source, this.options, SharedTokens) = (index, source, options, begun.SharedTokens);
        (begin, rows, caches) = (tokens.Length, [[.. tokens]], [begun.Cache]);
        chooser = new TokenChooser(options, 1, (ulong)index);
        processors = LogitsPipeline.OfSearch(options);
        beams = options.NumBeams > 1 ? new BeamGroup(options) : null;
    }

    /// <summary>Number of the prompt.</summary>
    public int Index { get; }

    /// <summary>Tokens whose keys and values were there already.</summary>
    public int SharedTokens { get; }

    /// <summary>Whether there is nothing more to add.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The tokens of each row, those before the first new one included.</summary>
    public IReadOnlyList<List<int>> Rows => rows;

    /// <summary>Keys and values of each row.</summary>
    public IReadOnlyList<KeyValueCache> Caches => caches;

    /// <summary>What was written: one sequence, or the best of a search.</summary>
    public IEnumerable<GeneratedSequence> Results => beams?.Results ?? [new GeneratedSequence([.. rows[0].Skip(begin)], null)];

    /// <summary>Chooses the next token of each row.</summary>
    /// <param name="logits">A row for each row.</param>
    /// <param name="onStep">Told of the step.</param>
    public void Advance(Tensor logits, Action<PromptStep>? onStep)
    {
        int token = beams is null ? Choose(logits) : Search(logits, beams);
        onStep?.Invoke(new PromptStep
        {
            Prompt = Index,
            Index = step,
            Token = token,
            HasEnded = HasEnded,
            SharedTokens = SharedTokens,
            Logits = logits,
        });
        step++;
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(caches, cache => cache.Dispose());

    private TokenHistory History(int row) => new(CollectionsMarshal.AsSpan(rows[row]), step, source, rows[row].Count);

    private int Choose(Tensor logits)
    {
        int token = chooser.Choose(0, logits.Row(0), History(0));
        rows[0].Add(token);
        HasEnded = options.EndIds.Contains(token) || step + 1 == options.MaxNewTokens;
        return token;
    }

    private int Search(Tensor logits, BeamGroup group)
    {
        var scores = new float[rows.Length][];
        for (int row = 0; row < rows.Length; row++)
        {
            scores[row] = BeamGroup.Score(logits.Row(row), History(row), processors);
        }

        int last = rows.Length - 1;
        group.Step(step, beam => scores[Math.Min(beam, last)], beam => [.. rows[Math.Min(beam, last)].Skip(begin)]);
        HasEnded = group.HasEnded || !group.Runs;
        if (!HasEnded)
        {
            Reorder([.. group.Parents.Select(parent => Math.Min(parent, last))], group.Tokens);
        }

        return group.Tokens[0];
    }

    /// <summary>Goes on with other rows, each a former one and a token. What is continued once keeps its cache, what is continued again is copied.</summary>
    private void Reorder(int[] parents, int[] tokens)
    {
        KeyValueCache[] all = [.. caches, .. Enumerable.Range(caches.Length, parents.Length - caches.Length).Select(_ => caches[0].CreateSibling())];
        var spare = new Stack<KeyValueCache>(all.Where((_, i) => !parents.Contains(i)));
        var next = new KeyValueCache[parents.Length];
        for (int beam = 0; beam < parents.Length; beam++)
        {
            var parent = all[parents[beam]];
            next[beam] = parent;
            if (Array.IndexOf(parents, parents[beam]) < beam)
            {
                next[beam] = spare.Pop();
                parent.Copy(0, parent.Length, next[beam], 0);
            }
        }

        caches = next;
        rows = [.. parents.Select((parent, beam) => (List<int>)[.. rows[parent], tokens[beam]])];
    }
}

/// <summary>A prompt whose keys and values are there.</summary>
/// <param name="Cache">The keys and values.</param>
/// <param name="Logits">The logits of the first new token, <c>[1, vocabulary]</c>.</param>
/// <param name="SharedTokens">How many tokens another prompt had left.</param>
internal readonly record struct BegunPrompt(KeyValueCache Cache, Tensor Logits, int SharedTokens);
