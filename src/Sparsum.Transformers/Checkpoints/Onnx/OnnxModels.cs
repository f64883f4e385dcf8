using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>Whole models in operators of ONNX: embeddings, blocks, head.</summary>
internal static class OnnxModels
{
    /// <summary>Adds a model with its inputs and outputs.</summary>
    /// <param name="graph">An empty graph.</param>
    /// <param name="model">The model.</param>
    /// <param name="givesStates">Whether the last hidden states are given, and not what the head makes of them.</param>
    public static void Model(this OnnxGraph graph, TransformerModel model, bool givesStates)
    {
        var pass = new OnnxPass(graph, model, hasCache: model is CausalLanguageModel);
        string hidden = model switch
        {
            EncoderModel encoder => Embed(pass, encoder),
            DecoderModel decoder => Embed(pass, decoder),
            _ => throw new InvalidOperationException($"A {model.GetType().Name} has no graph."),
        };
        hidden = model.Blocks.Aggregate(hidden, (states, block) => pass.Block(block, states));
        hidden = model is EncoderModel { FinalNorm: var norm } ? graph.Normalize(norm, hidden) : Finish(graph, (DecoderModel)model, hidden);
        if (givesStates)
        {
            int width = model is DecoderModel { ProjectOut: { } project } ? project.OutputSize : model.HiddenSize;
            graph.Output("last_hidden_state", hidden, OnnxType.Float, OnnxPass.Batch, OnnxPass.Tokens, width);
            return;
        }

        switch (model)
        {
            case CausalLanguageModel decoder:
                string logits = graph.SoftCap(decoder.LogitSoftCap, Vocabulary(graph, decoder, decoder.Head, hidden));
                graph.Output("logits", logits, OnnxType.Float, OnnxPass.Batch, OnnxPass.Tokens, decoder.Head.OutputSize);
                break;
            case { TaskHead: MaskedLanguageModelHead head }:
                string transformed = graph.Normalize(head.Norm, graph.Linear(head.Transform, hidden, head.Activation));
                string scores = Vocabulary(graph, model, head.Decoder, transformed);
                graph.Output("logits", scores, OnnxType.Float, OnnxPass.Batch, OnnxPass.Tokens, head.Decoder.OutputSize);
                break;
            case { TaskHead: ClassificationHead head }:
                graph.Output("logits", Classify(pass, head, hidden), OnnxType.Float, OnnxPass.Batch, head.LabelCount);
                break;
            default:
                throw new InvalidOperationException($"A {model.TaskHead?.GetType().Name} has no graph.");
        }
    }

    private static string Embed(OnnxPass pass, EncoderModel model)
    {
        var graph = pass.Graph;
        string hidden = graph.Add("Gather", [graph.Weight(model.TokenEmbedding), pass.InputIds]);
        if (model.TokenTypeEmbedding is { } types)
        {
            // Where there is one segment only, no token can be of another.
            string segment = types.Shape[0] == 1 ? graph.Integer(0) : graph.Input("token_type_ids", OnnxType.Int64, OnnxPass.Batch, OnnxPass.Tokens);
            hidden = graph.Add("Add", [hidden, graph.Add("Gather", [graph.Weight(types), segment])]);
        }

        hidden = graph.Normalize(model.EmbeddingNorm, AddPositions(pass, model, hidden));
        return model.EmbeddingProjection is { } projection ? graph.Linear(projection, hidden) : hidden;
    }

    private static string Embed(OnnxPass pass, DecoderModel model)
    {
        var graph = pass.Graph;
        string hidden = graph.Add("Gather", [graph.Weight(model.TokenEmbedding), pass.InputIds]);
        hidden = model.EmbeddingScale == 1 ? hidden : graph.Add("Mul", [hidden, graph.Number(model.EmbeddingScale)]);
        hidden = model.ProjectIn is { } projection ? graph.Linear(projection, hidden) : hidden;
        return graph.Normalize(model.EmbeddingNorm, AddPositions(pass, model, hidden));
    }

    private static string AddPositions(OnnxPass pass, TransformerModel model, string hidden)
    {
        if (model.PositionEmbedding is not { } table)
        {
            return hidden;
        }

        var graph = pass.Graph;
        string rows = model.PositionOffset == 0 ? pass.Positions! : graph.Add("Add", [pass.Positions!, graph.Integer(model.PositionOffset)]);
        return graph.Add("Add", [hidden, graph.Add("Gather", [graph.Weight(table), rows])]);
    }

    private static string Finish(OnnxGraph graph, DecoderModel model, string hidden)
    {
        hidden = graph.Normalize(model.FinalNorm, hidden);
        return model.ProjectOut is { } projection ? graph.Linear(projection, hidden) : hidden;
    }

    private static string Vocabulary(OnnxGraph graph, TransformerModel model, Linear head, string hidden) =>
        ReferenceEquals(head.Weight, model.TokenEmbedding) ? graph.TiedLinear(head, hidden) : graph.Linear(head, hidden);

    private static string Classify(OnnxPass pass, ClassificationHead head, string hidden)
    {
        var graph = pass.Graph;
        graph.Scope = "/head";
        string summary = head.ReadsLastToken
            ? graph.Add("GatherND", [hidden, LastToken(pass, head.PaddingToken)], new OnnxAttribute("batch_dims", 1))
            : graph.Add("Gather", [hidden, graph.Integer(0)], new OnnxAttribute("axis", 1));
        summary = head.Pooler is { } pooler ? graph.Linear(pooler, summary, head.PoolerActivation) : summary;
        return graph.Linear(head.Classifier, graph.Normalize(head.PoolerNorm, summary));
    }

    /// <summary>The last place of each sequence that is not padding, <c>[batch, 1]</c>; the very last where all are.</summary>
    private static string LastToken(OnnxPass pass, int? paddingToken)
    {
        var graph = pass.Graph;
        string places = pass.Places();
        string last = graph.Add(
            "ReduceMax", [graph.Add("Where", [pass.IsToken(paddingToken), places, graph.Integer(-1)])], new OnnxAttribute("axes", new[] { 1 }));
        string end = graph.Add("ReduceMax", [places], new OnnxAttribute("keepdims", 0));
        return graph.Add("Where", [graph.Add("Less", [last, graph.Integer(0)]), end, last]);
    }
}
