namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>Element types of ONNX tensors under their numbers (<c>TensorProto.DataType</c>).</summary>
internal enum OnnxType
{
    Float = 1,
    Int64 = 7,
    Bool = 9,
    Float16 = 10,
}
