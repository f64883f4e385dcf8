namespace Sparsum.Transformers.Layers;

/// <summary>How attention, MLP, norms and residuals are wired in a block.</summary>
public enum BlockStyle
{
    /// <summary><c>x += attention(norm(x)); x += mlp(norm(x))</c>: LLaMA, GPT-2, most others.</summary>
    PreNorm,

    /// <summary><c>x = norm(x + attention(x)); x = norm(x + mlp(x))</c>: BERT, OPT-350m.</summary>
    PostNorm,

    /// <summary><c>x += attention(norm1(x)) + mlp(norm2(x))</c>: GPT-NeoX; Phi-2 with one norm for both.</summary>
    Parallel,
}
