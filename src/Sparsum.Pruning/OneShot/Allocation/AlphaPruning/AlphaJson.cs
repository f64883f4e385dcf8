using System.Text.Json.Serialization;

namespace Sparsum.Pruning.OneShot.Allocation.AlphaPruning;

/// <summary>The JSON form of known exponents.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(SortedDictionary<string, SortedDictionary<string, double>>), TypeInfoPropertyName = "AlphaModels")]
internal sealed partial class AlphaJson : JsonSerializerContext;
