using System.Text.Json;
using System.Text.Json.Serialization;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Streaming;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>How far a search is: written after each move, step and generation.</summary>
internal sealed record LevelJournal
{
    /// <summary>The level of each part.</summary>
    public required IReadOnlyList<int> Levels { get; init; }

    /// <summary>Their divergence on the survivors' windows.</summary>
    public required double Divergence { get; init; }

    /// <summary>What the search could begin at.</summary>
    public required IReadOnlyList<LevelStart> Starts { get; init; }

    /// <summary>Moves that are done: of blocks, of kinds of layers and of layers in each round.</summary>
    public int Moves { get; init; }

    /// <summary>Where the descent is; null before its first step.</summary>
    public DescentState? Descent { get; init; }

    /// <summary>Generations that are done.</summary>
    public int Generations { get; init; }

    /// <summary>The divergence after each of them.</summary>
    public IReadOnlyList<double> Course { get; init; } = [];

    /// <summary>Reads a journal; null when there is none.</summary>
    /// <exception cref="InvalidInputException">It is damaged.</exception>
    public static LevelJournal? Read(string path) => StateFile.Read(path, LevelJson.Default.LevelJournal);

    /// <summary>Takes the place of the journal on disk.</summary>
    public void Write(string path) => AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, LevelJson.Default.LevelJournal));
}

/// <summary>A plan that a search could begin at.</summary>
/// <param name="Name">The allocation that it is from.</param>
/// <param name="Divergence">Its divergence on the survivors' windows, put on levels.</param>
internal sealed record LevelStart(string Name, double Divergence);

/// <summary>The JSON form of a search's journal.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(LevelJournal))]
internal sealed partial class LevelJson : JsonSerializerContext;
