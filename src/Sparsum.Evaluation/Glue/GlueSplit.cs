namespace Sparsum.Evaluation.Glue;

/// <summary>A part of a GLUE task. MNLI has two of the parts that measure: one of the genres it trains on, one of others.</summary>
public enum GlueSplit
{
    /// <summary>Labelled examples to train on.</summary>
    Train,

    /// <summary>Labelled examples to measure on; MNLI's matched ones.</summary>
    Dev,

    /// <summary>MNLI's mismatched examples to measure on.</summary>
    DevMismatched,

    /// <summary>Examples whose labels are not published; MNLI's matched ones.</summary>
    Test,

    /// <summary>MNLI's mismatched examples whose labels are not published.</summary>
    TestMismatched,
}
