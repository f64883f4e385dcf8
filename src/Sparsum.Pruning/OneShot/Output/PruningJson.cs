using System.Text.Json.Serialization;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>The JSON form of journals and results.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    NewLine = "\n",
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RunJournal))]
[JsonSerializable(typeof(PruneResult))]
[JsonSerializable(typeof(AllocationStore.StoredAllocation))]
internal sealed partial class PruningJson : JsonSerializerContext;
