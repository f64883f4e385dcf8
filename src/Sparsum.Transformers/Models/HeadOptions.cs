using Sparsum.Core;


namespace Sparsum.Transformers.Models;

/// <summary>
/// What a model is opened for when that is not what its configuration says: a pretrained model is opened to be fine-tuned. Parts of the
/// head that the checkpoint does not have are then drawn afresh.
/// </summary>
public sealed record HeadOptions
{
    /// <summary>The task; null keeps that of the configuration.</summary>
    public ModelTask? Task { get; init; }

    /// <summary>The names of the labels in the order of their numbers; null keeps those of the configuration.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>What the outputs mean; null keeps what the configuration says.</summary>
    public ProblemType? Problem { get; init; }

    /// <summary>Whether a classifier is drawn afresh even where the checkpoint has one; a pooler below it is kept.</summary>
    public bool IsFresh { get; init; }

    /// <summary>Seed of fresh parameters.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>The configuration with these options in place.</summary>
    /// <exception cref="InvalidInputException">The architecture has no head for the task.</exception>
    internal ModelConfig Apply(ModelConfig config, IArchitecture architecture)
    {
        if (Task is { } task)
        {
            string className = architecture.ClassName(task)
                ?? throw new InvalidInputException("unsupported-task", $"Models of type '{architecture.ModelType}' have no head for this task.")
                {
                    Found = $"{task}",
                    Expected = string.Join(", ", Enum.GetValues<ModelTask>().Where(other => architecture.ClassName(other) is not null)),
                };
            config = config with { Architectures = [className] };
        }

        if (Labels is { } labels)
        {
            config = config with
            {
                Id2Label = labels.Index().ToDictionary(item => item.Index, item => item.Item),
                Label2Id = labels.Index().ToDictionary(item => item.Item, item => item.Index),
                NumLabels = null,
            };
        }

        return Problem is { } problem ? config with { ProblemType = ClassificationProblem.NameOf(problem) } : config;
    }
}
