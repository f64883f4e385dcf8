namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>Method, targets and every setting of a run as text.</summary>
internal static class Fingerprints
{
    public static string Of(ISparseMethod method, SparsifierContext context) => FormattableString.Invariant(
        $"method {method.Name}, task '{context.Task}', sparsity {context.Targets.Sparsity}, heads {context.Targets.Heads}")
        + string.Concat(method.Settings.Select(setting => $", {setting.Key} {setting.Value}"));
}
