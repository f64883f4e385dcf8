namespace Sparsum.Transformers.Checkpoints;

/// <summary>What a checkpoint says of one tensor.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="DataType">Its element type.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
public sealed record TensorInfo(string Name, TensorDataType DataType, IReadOnlyList<int> Shape);
