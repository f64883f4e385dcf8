namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>The storage classes and element types of PyTorch that a checkpoint may name.</summary>
internal static class TorchTypes
{
    public const string UntypedStorage = "torch.storage.UntypedStorage";

    private static readonly Dictionary<string, TensorDataType> Storages = new(StringComparer.Ordinal)
    {
        ["torch.DoubleStorage"] = TensorDataType.F64,
        ["torch.FloatStorage"] = TensorDataType.F32,
        ["torch.HalfStorage"] = TensorDataType.F16,
        ["torch.BFloat16Storage"] = TensorDataType.BF16,
        ["torch.LongStorage"] = TensorDataType.I64,
        ["torch.IntStorage"] = TensorDataType.I32,
        ["torch.ShortStorage"] = TensorDataType.I16,
        ["torch.CharStorage"] = TensorDataType.I8,
        ["torch.ByteStorage"] = TensorDataType.U8,
        ["torch.BoolStorage"] = TensorDataType.Bool,
        ["torch.ComplexFloatStorage"] = TensorDataType.C64,
    };

    private static readonly Dictionary<string, TensorDataType> ElementTypes = new(StringComparer.Ordinal)
    {
        ["torch.float64"] = TensorDataType.F64,
        ["torch.float32"] = TensorDataType.F32,
        ["torch.float16"] = TensorDataType.F16,
        ["torch.bfloat16"] = TensorDataType.BF16,
        ["torch.int64"] = TensorDataType.I64,
        ["torch.int32"] = TensorDataType.I32,
        ["torch.int16"] = TensorDataType.I16,
        ["torch.int8"] = TensorDataType.I8,
        ["torch.uint64"] = TensorDataType.U64,
        ["torch.uint32"] = TensorDataType.U32,
        ["torch.uint16"] = TensorDataType.U16,
        ["torch.uint8"] = TensorDataType.U8,
        ["torch.bool"] = TensorDataType.Bool,
        ["torch.float8_e5m2"] = TensorDataType.F8E5M2,
        ["torch.float8_e4m3fn"] = TensorDataType.F8E4M3,
        ["torch.float8_e8m0fnu"] = TensorDataType.F8E8M0,
        ["torch.float8_e4m3fnuz"] = TensorDataType.F8E4M3FNUZ,
        ["torch.float8_e5m2fnuz"] = TensorDataType.F8E5M2FNUZ,
        ["torch.complex64"] = TensorDataType.C64,
    };

    /// <summary>The element type of a storage class; null for the untyped one, false where the name is no storage class.</summary>
    public static bool TryGetStorage(string name, out TensorDataType? type)
    {
        bool isTyped = Storages.TryGetValue(name, out var found);
        type = isTyped ? found : null;
        return isTyped || name == UntypedStorage;
    }

    /// <summary>An element type by its global name.</summary>
    public static bool TryGetElementType(string name, out TensorDataType type) => ElementTypes.TryGetValue(name, out type);
}
