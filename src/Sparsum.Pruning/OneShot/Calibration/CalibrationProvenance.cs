namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>Where calibration sequences came from: what another person needs to draw the same ones.</summary>
public sealed record CalibrationProvenance
{
    /// <summary>The file, as given.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of the file in lower-case hexadecimal digits.</summary>
    public required string FileSha256 { get; init; }

    /// <summary>SHA-256 of the drawn ids as little-endian 32-bit integers, sequence after sequence.</summary>
    public required string IdsSha256 { get; init; }

    /// <summary>One of the names in <see cref="CalibrationRules"/>.</summary>
    public required string Rule { get; init; }

    /// <summary>Number of sequences.</summary>
    public required int Samples { get; init; }

    /// <summary>Tokens of the longest sequence; of every one where they are windows.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>Tokens of all sequences together.</summary>
    public int Tokens { get; init; }

    /// <summary>Tokens of all targets together, for a model with encoder and decoder; 0 elsewhere.</summary>
    public int TargetTokens { get; init; }

    /// <summary>Seed of the draws.</summary>
    public required long Seed { get; init; }

    /// <summary>Documents in the file; 1 for plain text, 0 for ready ids.</summary>
    public required int Documents { get; init; }

    /// <summary>Documents drawn, the rejected ones included; 0 where no documents are drawn.</summary>
    public required int DocumentDraws { get; init; }
}
