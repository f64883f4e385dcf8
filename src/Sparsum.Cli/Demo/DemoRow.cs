namespace Sparsum.Cli.Demo;

/// <summary>One model of the demo.</summary>
/// <param name="Name">What the demo calls it.</param>
/// <param name="Sparsity">Share of zeros and of what was removed, over the matrices that its chapter works on.</param>
/// <param name="Quality">Perplexity or accuracy.</param>
/// <param name="Bytes">Size of its weights on disk.</param>
internal sealed record DemoRow(string Name, double Sparsity, double Quality, long Bytes);
