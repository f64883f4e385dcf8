using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Generation;

/// <summary>Generated JSON contract of <see cref="GenerationConfig"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GenerationConfig))]
internal sealed partial class GenerationJson : JsonSerializerContext;
