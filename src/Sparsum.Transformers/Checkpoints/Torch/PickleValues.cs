namespace Sparsum.Transformers.Checkpoints.Torch;

// What the restricted unpickler can make besides strings, integers (long), floats (double), truth values and null. None of these is ever
// walked through, compared or hashed by its content, so that neither deep nesting nor shared or circular parts can cost more than the bytes
// that wrote them.

/// <summary>A tuple.</summary>
internal sealed record PickleTuple(object?[] Items)
{
    public static PickleTuple Empty { get; } = new([]);
}

/// <summary>A list.</summary>
internal sealed record PickleList(List<object?> Items);

/// <summary>A dictionary: keys and values in the order in which they were set.</summary>
internal sealed record PickleDictionary(List<KeyValuePair<object?, object?>> Items);

/// <summary>An allowed global: a function to be called with <c>REDUCE</c>, a storage class or an element type.</summary>
internal sealed record PickleGlobal(string Name);

/// <summary>A storage: the elements that one or more tensors view. Untyped ones count bytes.</summary>
internal sealed record TorchStorage(TensorDataType? DataType, string Key, long ElementCount);

/// <summary>A view of a storage; offset and strides in elements.</summary>
internal sealed record TorchTensor(TorchStorage Storage, TensorDataType DataType, long Offset, int[] Shape, long[] Strides);
