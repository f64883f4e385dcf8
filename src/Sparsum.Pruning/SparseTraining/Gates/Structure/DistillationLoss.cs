
namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>The terms of a distillation and their gradients, on numbers alone.</summary>
/// <param name="options">Weights, temperature, and how layers are matched.</param>
/// <param name="isRegression">Whether the answer is a number, of which the squared difference is taken.</param>
internal sealed class DistillationLoss(CofiOptions options, bool isRegression)
{
    /// <summary>
    /// <c>a · T² · KL(softmax(teacher / T) ‖ softmax(student / T))</c>, the mean over a batch, and its gradient with respect to the student's logits.
    /// </summary>
    /// <param name="student">Logits <c>[rows, classes]</c>.</param>
    /// <param name="teacher">The teacher's.</param>
    /// <param name="rows">Examples.</param>
    /// <param name="share">What part of the step's examples they are.</param>
    public (float[] Gradient, double Loss) Answers(float[] student, float[] teacher, int rows, double share)
    {
        float[] gradient = new float[student.Length];
        double sum = 0;
        double factor = options.PredictionWeight * share / rows;
        if (isRegression)
        {
            for (int i = 0; i < student.Length; i++)
            {
                double difference = (double)student[i] - teacher[i];
                sum += factor * difference * difference;
                gradient[i] = (float)(2 * factor * difference);
            }

            return (gradient, sum);
        }

        double heat = options.Temperature;
        int classes = student.Length / rows;
        for (int row = 0; row < rows; row++)
        {
            double[] own = LogSoftmax(student.AsSpan(row * classes, classes), heat);
            double[] aim = LogSoftmax(teacher.AsSpan(row * classes, classes), heat);
            for (int i = 0; i < classes; i++)
            {
                sum += factor * heat * heat * Math.Exp(aim[i]) * (aim[i] - own[i]);
                gradient[(row * classes) + i] = (float)(factor * heat * (Math.Exp(own[i]) - Math.Exp(aim[i])));
            }
        }

        return (gradient, sum);
    }

    /// <summary>For each layer of the student that learns its gradient and its part of the loss.</summary>
    /// <param name="students">The states of each layer, carried over to the teacher's.</param>
    /// <param name="teachers">The states of the teaching layers.</param>
    /// <param name="isAlive">Whether a layer of the student is there.</param>
    /// <param name="share">What part of the step's examples they are.</param>
    public IReadOnlyList<(int Layer, float[] Gradient, double Loss)> Layers(
        IReadOnlyList<float[]> students, IReadOnlyList<float[]> teachers, Func<int, bool> isAlive, double share)
    {
        if (students.Count == 0)
        {
            return [];
        }

        double[][] errors = [.. teachers.Select(teacher => students.Select(student => Error(student, teacher)).ToArray())];
        int[] chosen = LayerAlignment.Choose(errors, isAlive, options.LayerMatching);
        return
        [
            .. chosen.Index().Where(pair => pair.Item >= 0).Select(pair =>
            {
                var (student, teacher) = (students[pair.Item], teachers[pair.Index]);
                double factor = 2 * options.LayerWeight * share / student.Length;
                return (pair.Item, student.Zip(teacher, (own, aim) => (float)(factor * ((double)own - aim))).ToArray(), options.LayerWeight * share * errors[pair.Index][pair.Item]);
            }),
        ];
    }

    /// <summary>The mean squared difference of all elements.</summary>
    public static double Error(float[] student, float[] teacher)
    {
        double sum = 0;
        for (int i = 0; i < student.Length; i++)
        {
            double difference = (double)student[i] - teacher[i];
            sum += difference * difference;
        }

        return sum / student.Length;
    }

    private static double[] LogSoftmax(ReadOnlySpan<float> logits, double heat)
    {
        double[] scaled = new double[logits.Length];
        for (int i = 0; i < scaled.Length; i++)
        {
            scaled[i] = logits[i] / heat;
        }

        double largest = scaled.Max();
        double total = largest + Math.Log(scaled.Sum(value => Math.Exp(value - largest)));
        return [.. scaled.Select(value => value - total)];
    }
}
