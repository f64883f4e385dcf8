namespace Sparsum.Pruning.HeadElimination;

/// <summary>Which heads of a module go.</summary>
public enum HeadCriterion
{
    /// <summary>Those that are similar to one that replaces them, whatever they matter (Dhurandhar et al. 2024, Algorithm 2).</summary>
    Redundancy,

    /// <summary>As many as are redundant, but those of least <see cref="HeadImportance"/>; each is merged into the head that is most like it.</summary>
    Importance,

    /// <summary>As many as are redundant: of those that one head would replace, itself included, the most important stays.</summary>
    Both,
}
