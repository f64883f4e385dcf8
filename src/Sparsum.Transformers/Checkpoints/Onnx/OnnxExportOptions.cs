namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>How a model is written as ONNX.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>
    /// The type of matrices, one of <see cref="OnnxExport.Types"/>; null stores in float16 what is float16, and in float32 all else: bfloat16 and
    /// rounded weights lose nothing by it.
    /// </summary>
    public TensorDataType? Type { get; init; }

    /// <summary>Whether the graph gives <c>last_hidden_state</c> and not what the head makes of it; so it does where the checkpoint has no head.</summary>
    public bool GivesStates { get; init; }
}

/// <summary>What was written.</summary>
/// <param name="Opset">Version of the operators.</param>
/// <param name="Nodes">Number of operations.</param>
/// <param name="Weights">Number of weights.</param>
/// <param name="Inputs">Names of the inputs, in order.</param>
/// <param name="Outputs">Names of the outputs, in order.</param>
/// <param name="Remarks">What the user should know.</param>
public sealed record OnnxSummary(int Opset, int Nodes, int Weights, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<string> Remarks);
