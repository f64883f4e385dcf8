namespace Sparsum.Evaluation.ZeroShot;

/// <summary>A task as lm-evaluation-harness 0.4 has it, without examples in the prompt.</summary>
public sealed record ZeroShotTask
{
    /// <summary>The harness's name, e.g. <c>arc_easy</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Other names by which people call it.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The harness's version of the task; figures of different versions cannot be compared.</summary>
    public required string Version { get; init; }

    /// <summary>Names of the folder of its files, in lower case.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>Names of the file that is scored, in lower case; <c>*</c> stands for anything.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Turns a row into requests.</summary>
    public required Func<TaskRow, ZeroShotDocument> Read { get; init; }

    /// <summary>Whether the answer counts as right when each of its tokens is the likeliest, there being one choice only (LAMBADA).</summary>
    public bool IsGreedy { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
