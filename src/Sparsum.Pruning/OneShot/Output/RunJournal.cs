using System.Text.Json;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Streaming;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>How far an unfinished run is: written after each block, when all that it tells of is on disk.</summary>
internal sealed record RunJournal
{
    /// <summary>The <see cref="RunKey"/>.</summary>
    public required SortedDictionary<string, string> Key { get; init; }

    /// <summary>Tensors of the output that are written.</summary>
    public required int WrittenTensors { get; init; }

    /// <summary>SHA-256 of what is written of the output, one file after the other; null before the first block.</summary>
    public string? WrittenSha256 { get; init; }

    /// <summary>SHA-256 of the hidden states that enter the next block; null when none are needed.</summary>
    public string? HiddenStatesSha256 { get; init; }

    /// <summary>The finished blocks.</summary>
    public required IReadOnlyList<BlockSparsity> Blocks { get; init; }

    /// <summary>Reads a journal; null when there is none.</summary>
    /// <exception cref="InvalidInputException">It is damaged.</exception>
    public static RunJournal? Read(string path) => StateFile.Read(path, PruningJson.Default.RunJournal);

    /// <summary>Takes the place of the journal on disk.</summary>
    public void Write(string path) =>
        AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, PruningJson.Default.RunJournal));
}
