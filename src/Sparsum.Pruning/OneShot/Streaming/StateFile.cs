using System.Text.Json.Serialization.Metadata;
using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>Reads what an unfinished run keeps to go on from.</summary>
internal static class StateFile
{
    private static readonly JsonRules Rules = new()
    {
        Code = "damaged-journal",
        Expected = "what the interrupted run has written",
        Hint = "Start again with `force` instead of `resume`.",
        MaxBytes = int.MaxValue,
    };

    /// <summary>The content of a file; null where there is none.</summary>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    public static T? Read<T>(string path, JsonTypeInfo<T> type)
        where T : class => File.Exists(path) ? StrictJson.Read(path, type, Rules) : null;
}
