namespace Sparsum.Transformers.Tokenizers;

/// <summary>Where a row of a batch is filled up.</summary>
public enum PaddingSide
{
    /// <summary>Behind the text: training and encoders.</summary>
    Right,

    /// <summary>In front of the text: generation.</summary>
    Left,
}
