namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// Named tensors on disk, read on demand: a safetensors file, a <c>pytorch_model.bin</c>, or shards of either. Opening reads names and
/// shapes only. Reading keeps no more in memory than what it returns.
/// </summary>
public interface ICheckpoint : IDisposable
{
    /// <summary>All tensors by name.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>The file that holds a tensor, for messages.</summary>
    string FileOf(string name);

    /// <summary>Reads a whole tensor, widened or converted to float32.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">As many elements as the tensor has.</param>
    /// <exception cref="Core.InvalidInputException">No such tensor, or the file ends early.</exception>
    void Read(string name, Span<float> destination);

    /// <summary>Reads <paramref name="count"/> rows (indices of the first dimension) from <paramref name="start"/> on.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="start">The first row.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="destination">As many elements as these rows have.</param>
    /// <exception cref="Core.InvalidInputException">No such tensor, or the file ends early.</exception>
    void ReadRows(string name, int start, int count, Span<float> destination);

    /// <summary>Reads an integer tensor.</summary>
    /// <exception cref="Core.InvalidInputException">No such tensor, or it does not hold integers.</exception>
    long[] ReadIntegers(string name);

    /// <summary>Copies a tensor's bytes as they are, little endian.</summary>
    /// <exception cref="Core.InvalidInputException">No such tensor, or the file ends early.</exception>
    void CopyBytes(string name, Stream destination);
}
