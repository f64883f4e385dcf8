using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Autograd;
using Sparsum.Tensors.Optimization;
using Sparsum.Training;
using Sparsum.Training.Data;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>
/// The loss of a student that learns from a teacher (Xia et al. 2022, section 3.2): what the teacher answers, at a temperature, and the states of
/// some of its layers, to which those of the student are carried by one linear map that is trained with it.
/// </summary>
internal sealed class Distillation : ITrainingLoss, IDisposable
{
    private readonly Computation teaching;
    private readonly PretrainedModel teacher;
    private readonly TransformerModel student;
    private readonly CofiOptions options;
    private readonly DistillationLoss loss;
    private readonly Tensor[] map;
    private readonly Tensor[] gradients;
    private readonly Tensor[] moments;
    private int firstStep;

    /// <summary>Loads the teacher.</summary>
    /// <param name="context">The run.</param>
    /// <param name="options">The strengths.</param>
    /// <exception cref="InvalidInputException"><c>bad-teacher</c>: it does not fit the student.</exception>
    public Distillation(SparsifierContext context, CofiOptions options)
    {
        (student, this.options) = (context.Model, options);
        teacher = PretrainedModel.Open(options.Teacher!);
        try
        {
            Check(teacher, student);
            teacher.LoadAll();
        }
        catch
        {
            teacher.Dispose();
            throw;
        }

        teaching = new Computation(context.Backend);
        loss = new DistillationLoss(options, student.Classification!.Problem == ProblemType.Regression);
        int width = student.HiddenSize;
        map = [Tensor.Zeros([width, width]), Tensor.Zeros([width])];
        for (int i = 0; i < width; i++)
        {
            map[0].Row(i)[i] = 1;
        }

        gradients = [.. map.Select(tensor => Tensor.Zeros(tensor.Shape))];
        moments = [.. map.Concat(map).Select(tensor => Tensor.Zeros(tensor.Shape))];
    }

    /// <summary>Whether attention of a block of the student is there.</summary>
    public required Func<int, bool> IsAlive { get; init; }

    /// <summary>The sum of squared gradients of the map.</summary>
    public double Squares => gradients.Sum(tensor => tensor.Span.ToArray().Sum(value => (double)value * value));

    /// <summary>Sets the gradients of the map to zero.</summary>
    public void Begin() => gradients.ToList().ForEach(tensor => tensor.Clear());

    /// <inheritdoc/>
    public double Compute(Computation computation, Tape tape, TrainingBatch batch, int targetCount)
    {
        var teachers = LayerAlignment.Teachers(teacher.Model.Blocks.Count);
        var taught = new Dictionary<int, float[]>();
        float[] answers;
        using (var logits = teacher.Model.Forward(teacher.Model.BeginPass(teaching, batch.Tokens), batch.Tokens, Keep))
        {
            answers = logits.ToArray();
        }

        tape.Watch(map[0], gradients[0]);
        tape.Watch(map[1], gradients[1]);
        var states = new List<Tensor>();
        using var own = student.Forward(student.BeginPass(computation, batch.Tokens), batch.Tokens, Carry);
        double share = (double)batch.Examples.Count / targetCount;
        var (onAnswers, answersLoss) = loss.Answers(own.ToArray(), answers, batch.Examples.Count, share);
        Seed(tape, computation, own, onAnswers);
        double layersLoss = 0;
        foreach (var (layer, gradient, error) in loss.Layers([.. states.Select(state => state.ToArray())], [.. teachers.Select(layer => taught[layer])], IsAlive, share))
        {
            Seed(tape, computation, states[layer], gradient);
            layersLoss += error;
        }

        states.ForEach(state => state.Dispose());
        return answersLoss + layersLoss;

        void Keep(int index, Tensor hidden)
        {
            if (Array.IndexOf(teachers, index - 1) >= 0)
            {
                taught[index - 1] = hidden.ToArray();
            }
        }

        void Carry(int index, Tensor hidden)
        {
            if (index > 0 && options.LayerWeight > 0)
            {
                states.Add(computation.Linear(hidden, map[0], map[1]));
            }
        }
    }

    /// <summary>Steps the map, as the optimiser stepped the weights.</summary>
    public void Step(Trainer trainer, OptimizerStep step, IBackend backend)
    {
        for (int i = 0; i < map.Length; i++)
        {
            var settings = new AdamWStep(step.Number - firstStep, step.LearningRate)
            {
                WeightDecay = i == 0 ? trainer.Optimizer.Options.WeightDecay : 0,
                GradientScale = step.GradientScale,
            };
            AdamW.Step(backend, trainer.Optimizer.Options.AdamW, settings, map[i], gradients[i], moments[i], moments[i + map.Length]);
        }
    }

    /// <summary>Begins anew, as the optimiser does.</summary>
    public void BeginAt(int step, bool isNow)
    {
        firstStep = step;
        if (isNow)
        {
            moments.ToList().ForEach(moment => moment.Clear());
        }
    }

    /// <summary>The map and its moments.</summary>
    public double[] Save() => [.. map.Concat(moments).SelectMany(tensor => tensor.ToArray()).Select(value => (double)value)];

    /// <summary>Takes them back.</summary>
    public void Restore(double[] state)
    {
        int at = 0;
        foreach (var tensor in map.Concat(moments))
        {
            for (int i = 0; i < tensor.Length; i++)
            {
                tensor.Span[i] = (float)state[at++];
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        map.Concat(gradients).Concat(moments).ToList().ForEach(tensor => tensor.Dispose());
        teaching.Dispose();
        teacher.Dispose();
    }

    private static void Seed(Tape tape, Computation computation, Tensor output, float[] gradient)
    {
        using var seed = computation.Workspace.Rent(output.Shape);
        gradient.CopyTo(seed.Span);
        tape.Seed(output, seed);
    }

    private static void Check(PretrainedModel teacher, TransformerModel student)
    {
        var (own, other) = (student.Classification, teacher.Model.Classification);
        string? problem = own is null || other is null || student is EncoderDecoderModel ? "a model that is no classifier of one stack"
            : own.LabelCount != other.LabelCount || own.Problem != other.Problem ? $"{other.LabelCount} labels ({other.Problem})"
            : student.VocabularySize != teacher.Model.VocabularySize ? $"{teacher.Model.VocabularySize} tokens"
            : student.HiddenSize != teacher.Model.HiddenSize ? $"hidden states of {teacher.Model.HiddenSize} features"
            : null;
        if (problem is not null)
        {
            throw new InvalidInputException("bad-teacher", "The teacher does not fit the model that is to learn from it.")
            {
                File = teacher.Folder,
                Found = problem,
                Expected = own is null
                    ? "a classifier to train"
                    : $"a classifier with {own.LabelCount} labels ({own.Problem}), {student.VocabularySize} tokens and hidden states of {student.HiddenSize} features",
                Hint = "Train the same model densely on the task first, and take that as the teacher.",
            };
        }
    }
}
