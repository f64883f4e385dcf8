using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Pretraining;

/// <summary>What a training run has seen so far. It is kept beside the checkpoint, so that a resumed run reports the whole course.</summary>
internal sealed class TrainingHistory
{
    private const int MostPoints = 200;

    private readonly List<double> losses = [];
    private readonly List<(double Task, double Total)> norms = [];
    private readonly List<JsonObject> epochs = [];
    private readonly List<JsonObject> evaluations = [];

    /// <summary>The loss of every step.</summary>
    public IReadOnlyList<double> Losses => losses;

    /// <summary>Norms of each step's gradient: of the loss alone, and with penalties; empty in runs that do not look at them.</summary>
    public IReadOnlyList<(double Task, double Total)> Norms => norms;

    /// <summary>A record of every epoch that ended.</summary>
    public IReadOnlyList<JsonObject> Epochs => epochs;

    /// <summary>A record of every evaluation between two steps, each with its <c>step</c>.</summary>
    public IReadOnlyList<JsonObject> Evaluations => evaluations;

    /// <summary>Seconds of training, those of earlier sessions included.</summary>
    public double Seconds { get; set; }

    /// <summary>The course of the loss in few enough points to look at: step and mean loss of equal stretches.</summary>
    public JsonArray Curve
    {
        get
        {
            int length = (losses.Count + MostPoints - 1) / MostPoints;
            return JsonText.Array(losses.Chunk(Math.Max(1, length)).Index(), stretch => new JsonObject
            {
                ["step"] = (stretch.Index * length) + stretch.Item.Length,
                ["loss"] = JsonText.Number(stretch.Item.Average()),
            });
        }
    }

    public void AddLoss(double loss) => losses.Add(loss);

    public void AddNorms(double task, double total) => norms.Add((task, total));

    public void AddEpoch(JsonObject epoch) => epochs.Add(epoch);

    public void AddEvaluation(JsonObject evaluation) => evaluations.Add(evaluation);

    public void Save(string file) => AtomicFile.WriteAllText(file, JsonText.Format(
        new JsonObject
        {
            ["seconds"] = Seconds,
            ["losses"] = JsonText.Array(losses, loss => loss),
            ["norms"] = JsonText.Array(norms.SelectMany(norm => new[] { norm.Task, norm.Total }), norm => norm),
            ["evaluations"] = JsonText.Array(evaluations, evaluation => evaluation.DeepClone()),
            ["epochs"] = JsonText.Array(epochs, epoch => epoch.DeepClone()),
        },
        indented: false));

    /// <summary>Reads a history.</summary>
    /// <exception cref="InvalidInputException">The file is missing or damaged.</exception>
    public static TrainingHistory Read(string file)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllText(file))!;
            var history = new TrainingHistory { Seconds = json["seconds"]!.GetValue<double>() };
            history.losses.AddRange(json["losses"]!.AsArray().Select(loss => loss!.GetValue<double>()));
            history.norms.AddRange(json["norms"]!.AsArray().Select(norm => norm!.GetValue<double>()).Chunk(2).Select(pair => (pair[0], pair[1])));
            history.evaluations.AddRange(json["evaluations"]!.AsArray().Select(evaluation => evaluation!.DeepClone().AsObject()));
            history.epochs.AddRange(json["epochs"]!.AsArray().Select(epoch => epoch!.DeepClone().AsObject()));
            return history;
        }
        catch (Exception error) when (error is IOException or JsonException or InvalidOperationException or NullReferenceException)
        {
            throw Damaged(file, error);
        }
    }

    /// <summary>Leaves what belongs to a checkpoint; the history is written first and may be younger.</summary>
    /// <param name="steps">Steps that the checkpoint has seen.</param>
    /// <param name="finishedEpochs">Epochs that were over by then.</param>
    /// <param name="file">The file that it was read from, for messages.</param>
    /// <exception cref="InvalidInputException">The history is older than the checkpoint.</exception>
    public void CutTo(int steps, int finishedEpochs, string file)
    {
        if (losses.Count < steps || epochs.Count < finishedEpochs)
        {
            throw Damaged(file);
        }

        losses.RemoveRange(steps, losses.Count - steps);
        norms.RemoveRange(Math.Min(steps, norms.Count), Math.Max(0, norms.Count - steps));
        evaluations.RemoveAll(evaluation => evaluation["step"]!.GetValue<int>() > steps);
        epochs.RemoveRange(finishedEpochs, epochs.Count - finishedEpochs);
    }

    private static InvalidInputException Damaged(string file, Exception? cause = null) =>
        new("bad-training-state", $"'{file}' does not belong to the checkpoint beside it.", cause)
        {
            File = file,
            Hint = "Start again with --force.",
        };
}
