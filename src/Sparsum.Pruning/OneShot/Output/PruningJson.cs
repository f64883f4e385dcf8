using System.Text.Json.Serialization;
using Sparsum.Pruning.OneShot.Allocation.Besa;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>The JSON form of journals and results.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    NewLine = "\n",
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(RunJournal))]
[JsonSerializable(typeof(PruneResult))]
[JsonSerializable(typeof(AllocationStore.StoredAllocation))]
[JsonSerializable(typeof(BesaJournal))]
internal sealed partial class PruningJson : JsonSerializerContext;
