namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>Where a sequence was cut out.</summary>
/// <param name="Document">Index of the document; 0 for a stream.</param>
/// <param name="Offset">First token of the sequence within it.</param>
public readonly record struct CalibrationDraw(int Document, int Offset);
