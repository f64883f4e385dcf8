namespace Sparsum.Transformers.Models;

/// <summary>Every architecture of the project, the one place where a new one is registered.</summary>
public static class Architectures
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<IArchitecture> All { get; } = [];
}
