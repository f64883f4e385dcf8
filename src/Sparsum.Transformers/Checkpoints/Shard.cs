namespace Sparsum.Transformers.Checkpoints;

/// <summary>One file of a checkpoint that is to be written.</summary>
/// <param name="FileName">Its name, e.g. <c>model-00001-of-00003.safetensors</c>.</param>
/// <param name="Layout">What it will hold.</param>
public sealed record Shard(string FileName, SafetensorsLayout Layout);
