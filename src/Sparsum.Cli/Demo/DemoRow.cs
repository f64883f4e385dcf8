namespace Sparsum.Cli.Demo;

/// <summary>One model of the demo.</summary>
internal sealed record DemoRow(string Name, double Sparsity, double Perplexity);
