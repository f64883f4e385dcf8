namespace Sparsum.Core;

/// <summary>What to do with an output, or an unfinished run, that is there already.</summary>
public enum ExistingOutput
{
    /// <summary>Refuse to start.</summary>
    Refuse,

    /// <summary>Replace an output of ours, once the new one is complete; an unfinished run is thrown away.</summary>
    Replace,

    /// <summary>Continue an unfinished run, find a finished one, or start when there is neither.</summary>
    Resume,
}
