namespace Sparsum.Transformers.Layers;

/// <summary>Rotary frequencies of sequences that are longer than a model was first trained for.</summary>
/// <param name="Beyond">The longest sequence that keeps the frequencies of short ones.</param>
/// <param name="Frequencies">Angle per position of each pair of features, for a length beyond.</param>
/// <param name="IsFixed">
/// Whether they are the same for every length beyond. Then keys of short sequences do not go with longer ones, and are computed again when
/// a sequence grows past the border; otherwise keys keep the rotation that they were given.
/// </param>
public sealed record LongRotary(int Beyond, Func<int, double[]> Frequencies, bool IsFixed);
