using System.Text.Json.Serialization;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>The JSON form of a search's journal.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SearchJournal))]
internal sealed partial class NeuronAlJson : JsonSerializerContext;
