using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>What is learned so far, kept after every block.</summary>
/// <param name="Blocks">The finished blocks.</param>
/// <param name="InputsSha256">Checksum of the saved states that enter the next block.</param>
/// <param name="ReferenceSha256">Checksum of the saved reference states.</param>
internal sealed record BesaJournal(IReadOnlyList<BesaJournal.Block> Blocks, string InputsSha256, string ReferenceSha256)
{
    private const string Name = "besa.json";

    /// <summary>A finished block.</summary>
    /// <param name="Targets">The targets of its layers.</param>
    /// <param name="Report">What to tell about it.</param>
    internal sealed record Block(IReadOnlyList<LayerTarget> Targets, JsonObject Report);

    /// <summary>What an interrupted run left; null when there is nothing.</summary>
    /// <exception cref="InvalidInputException">It is damaged.</exception>
    public static BesaJournal? Load(string folder, HiddenStates inputs, HiddenStates reference)
    {
        var journal = StateFile.Read(Path.Combine(folder, Name), BesaJson.Default.BesaJournal);
        if (journal is not null)
        {
            ChecksummedFile.Read(StatesPath(folder, journal.Blocks.Count, nameof(inputs)), journal.InputsSha256, inputs.All);
            ChecksummedFile.Read(StatesPath(folder, journal.Blocks.Count, nameof(reference)), journal.ReferenceSha256, reference.All);
        }

        return journal;
    }

    /// <summary>Keeps finished blocks and the states behind them, and removes older states.</summary>
    public static void Save(
        string folder, IReadOnlyList<Block> blocks, HiddenStates inputs, HiddenStates reference, CancellationToken cancellationToken)
    {
        string[] files = [StatesPath(folder, blocks.Count, nameof(inputs)), StatesPath(folder, blocks.Count, nameof(reference))];
        var journal = new BesaJournal(
            blocks,
            ChecksummedFile.Write(files[0], inputs.All, cancellationToken),
            ChecksummedFile.Write(files[1], reference.All, cancellationToken));
        AtomicFile.WriteAllBytes(
            Path.Combine(folder, Name), JsonSerializer.SerializeToUtf8Bytes(journal, BesaJson.Default.BesaJournal));
        foreach (string old in Directory.EnumerateFiles(folder, "*.bin").Except(files))
        {
            File.Delete(old);
        }
    }

    private static string StatesPath(string folder, int finished, string kind) =>
        Path.Combine(folder, FormattableString.Invariant($"{kind}.{finished}.bin"));
}

/// <summary>The JSON form of the journal.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(BesaJournal))]
internal sealed partial class BesaJson : JsonSerializerContext;
