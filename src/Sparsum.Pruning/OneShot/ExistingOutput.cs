namespace Sparsum.Pruning.OneShot;

/// <summary>What to do with an output that is there already.</summary>
public enum ExistingOutput
{
    /// <summary>Refuse to start.</summary>
    Refuse,

    /// <summary>Replace it, once the new one is complete; an unfinished run is thrown away.</summary>
    Replace,

    /// <summary>Continue an unfinished run, or start when there is none.</summary>
    Resume,
}
