namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>What stands in a byte-level vocabulary besides bytes and joins, and what is put around a text.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="First">The first tokens.</param>
/// <param name="Last">The last ones.</param>
/// <param name="Roles">Which token plays which part, under the names of <c>special_tokens_map.json</c>.</param>
/// <param name="Begin">What begins every text; null for nothing.</param>
/// <param name="End">What ends every text; null for nothing.</param>
internal sealed record BytePairLayout(
    string Name,
    IReadOnlyList<string> First,
    IReadOnlyList<string> Last,
    IReadOnlyList<(string Role, string Token)> Roles,
    string? Begin,
    string? End)
{
    private const string EndOfText = "<|endoftext|>";
    private const string Padding = "<pad>";
    private const string EndOfSequence = "</s>";
    private const string Unknown = "<unk>";
    private const int Sentinels = 100;

    /// <summary>For decoders, as GPT-2 has it: one token begins and ends texts.</summary>
    public static BytePairLayout Decoder { get; } = new(
        "bpe",
        [EndOfText, Padding],
        [],
        [("bos_token", EndOfText), ("eos_token", EndOfText), ("unk_token", EndOfText), ("pad_token", Padding)],
        EndOfText,
        null);

    /// <summary>
    /// For an encoder and a decoder, as T5 has it: padding, which begins targets, is 0, the end of every text 1, and the last ids are the
    /// sentinels that stand for spans, <c>&lt;extra_id_0&gt;</c> the very last.
    /// </summary>
    public static BytePairLayout TwoStacks { get; } = new(
        "seq2seq-bpe",
        [Padding, EndOfSequence, Unknown],
        [.. Enumerable.Range(0, Sentinels).Reverse().Select(number => FormattableString.Invariant($"<extra_id_{number}>"))],
        [("eos_token", EndOfSequence), ("unk_token", Unknown), ("pad_token", Padding)],
        null,
        EndOfSequence);
}
