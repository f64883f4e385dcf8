using Sparsum.Core;

namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>One operation of a graph (<c>NodeProto</c>).</summary>
internal sealed record OnnxNode(
    string Operator, string Name, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<OnnxAttribute> Attributes)
{
    public ProtobufMessage Encode()
    {
        var message = new ProtobufMessage();
        foreach (string input in Inputs)
        {
            message.Text(1, input);
        }

        foreach (string output in Outputs)
        {
            message.Text(2, output);
        }

        message.Text(3, Name).Text(4, Operator);
        foreach (var attribute in Attributes)
        {
            message.Message(5, attribute.Encode());
        }

        return message;
    }
}

/// <summary>A constant of an operation (<c>AttributeProto</c>): a number, an integer or a list of integers.</summary>
internal sealed record OnnxAttribute(string Name, object Value)
{
    public ProtobufMessage Encode()
    {
        var message = new ProtobufMessage().Text(1, Name);
        switch (Value)
        {
            case float number:
                return message.Single(2, number).Integer(20, 1);
            case int integer:
                return message.Integer(3, integer).Integer(20, 2);
            default:
                foreach (int integer in (int[])Value)
                {
                    message.Integer(8, integer);
                }

                return message.Integer(20, 7);
        }
    }
}
