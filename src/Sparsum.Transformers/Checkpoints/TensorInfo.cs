namespace Sparsum.Transformers.Checkpoints;

/// <summary>What a checkpoint says of one tensor.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="DataType">Its element type.</param>
/// <param name="Shape">Its dimensions, outermost first; empty for a scalar.</param>
public sealed record TensorInfo(string Name, TensorDataType DataType, IReadOnlyList<int> Shape)
{
    /// <summary>Number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public long ElementCount
    {
        get
        {
            // Looked for first: a product that overflows is no fault where another dimension is 0.
            long count = Shape.Contains(0) ? 0 : 1;
            foreach (int dimension in Shape)
            {
                count = checked(count * dimension);
            }

            return count;
        }
    }

    /// <summary>Number of bytes that the elements take in a checkpoint.</summary>
    public long ByteCount => checked((ElementCount * DataType.BitCount()) + 7) / 8;
}
