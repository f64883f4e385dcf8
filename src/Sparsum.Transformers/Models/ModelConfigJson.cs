using System.Text.Json.Serialization;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Transformers.Models;

/// <summary>Generated JSON contracts of all configurations.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(BertConfig))]
[JsonSerializable(typeof(GemmaConfig))]
[JsonSerializable(typeof(Gpt2Config))]
[JsonSerializable(typeof(GptNeoXConfig))]
[JsonSerializable(typeof(LlamaConfig))]
[JsonSerializable(typeof(MistralConfig))]
[JsonSerializable(typeof(OptConfig))]
[JsonSerializable(typeof(PhiConfig))]
[JsonSerializable(typeof(Qwen2Config))]
[JsonSerializable(typeof(Qwen3Config))]
[JsonSerializable(typeof(T5Config))]
[JsonSerializable(typeof(BloomConfig))]
[JsonSerializable(typeof(FalconConfig))]
[JsonSerializable(typeof(Gemma2Config))]
[JsonSerializable(typeof(Gemma3Config))]
[JsonSerializable(typeof(GptJConfig))]
[JsonSerializable(typeof(MixtralConfig))]
[JsonSerializable(typeof(Olmo2Config))]
[JsonSerializable(typeof(Phi3Config))]
[JsonSerializable(typeof(Qwen2MoeConfig))]
[JsonSerializable(typeof(Qwen3MoeConfig))]
[JsonSerializable(typeof(SmolLm3Config))]
[JsonSerializable(typeof(BartConfig))]
[JsonSerializable(typeof(DebertaV2Config))]
[JsonSerializable(typeof(DistilBertConfig))]
[JsonSerializable(typeof(ElectraConfig))]
[JsonSerializable(typeof(MarianConfig))]
[JsonSerializable(typeof(ModernBertConfig))]
[JsonSerializable(typeof(RobertaConfig))]
internal sealed partial class ModelConfigJson : JsonSerializerContext;
