namespace Sparsum.Evaluation.Datasets;

/// <summary>Which part of a corpus an entry belongs to.</summary>
public enum CorpusSplit
{
    /// <summary>To learn from, and to calibrate on.</summary>
    Train,

    /// <summary>To choose settings by.</summary>
    Validation,

    /// <summary>To report on.</summary>
    Test,
}
