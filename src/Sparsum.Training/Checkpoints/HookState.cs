using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Training.Checkpoints;

/// <summary>What hooks keep, as lists in a checkpoint: the bits of each number, so that none is rounded.</summary>
internal static class HookState
{
    /// <summary>The lists of all hooks; empty ones are left out.</summary>
    public static IReadOnlyList<(string Name, long[] Bits)> Save(IReadOnlyList<ITrainingHook> hooks) =>
    [
        .. hooks.SelectMany((hook, index) => hook.SaveState()
            .Where(list => list.Value.Length > 0)
            .OrderBy(list => list.Key, StringComparer.Ordinal)
            .Select(list => (Prefix(index) + list.Key, list.Value.Select(BitConverter.DoubleToInt64Bits).ToArray()))),
    ];

    /// <summary>Gives each hook its lists back.</summary>
    public static void Restore(SafetensorsFile checkpoint, IReadOnlyList<ITrainingHook> hooks)
    {
        foreach (var (index, hook) in hooks.Index())
        {
            string prefix = Prefix(index);
            hook.RestoreState(checkpoint.Tensors.Keys
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(name => name[prefix.Length..], name => checkpoint.ReadIntegers(name).Select(BitConverter.Int64BitsToDouble).ToArray()));
        }
    }

    private static string Prefix(int index) => FormattableString.Invariant($"hook.{index}.");
}
