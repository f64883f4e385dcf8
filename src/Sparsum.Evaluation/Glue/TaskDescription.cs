using System.Text.Json.Serialization;

namespace Sparsum.Evaluation.Glue;

/// <summary>The JSON form of a task that is not among <see cref="GlueTasks"/>; see <see cref="TaskFile"/>.</summary>
internal sealed record TaskDescription
{
    /// <summary>Name of the task.</summary>
    [JsonRequired]
    public string Name { get; set; } = "";

    /// <summary>Column of the first or only text, from 0.</summary>
    public int Text { get; set; }

    /// <summary>Column of the second text of a pair.</summary>
    public int? TextPair { get; set; }

    /// <summary>Column of the label.</summary>
    public int Label { get; set; } = 1;

    /// <summary>Whether the first line of a file names the columns.</summary>
    public bool Header { get; set; } = true;

    /// <summary>The labels as the files write them, by index; none in regression.</summary>
    public IReadOnlyList<string> Labels { get; set; } = [];

    /// <summary>Names of the metrics.</summary>
    public IReadOnlyList<string> Metrics { get; set; } = [];
}
