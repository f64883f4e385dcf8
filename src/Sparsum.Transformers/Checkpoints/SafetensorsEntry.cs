namespace Sparsum.Transformers.Checkpoints;

/// <summary>A tensor of a safetensors header with its byte range in the data, <c>[Begin, End)</c>.</summary>
internal sealed record SafetensorsEntry(TensorInfo Info, long Begin, long End);
