namespace Sparsum.Pruning.OneShot.Scoring;

/// <summary>Every saliency of the project, the one place where a new one is registered.</summary>
public static class Saliencies
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ISaliency> All { get; } = [new Magnitude(), new Wanda(), new Multiflow()];
}
