namespace Sparsum.Transformers.Tokenizers;

/// <summary>The result of joining two symbols.</summary>
/// <param name="Rank">Lower ranks are joined first; equal ranks from left to right.</param>
/// <param name="Id">The joined symbol.</param>
internal readonly record struct Merge(int Rank, int Id);
