namespace Sparsum.Core;

/// <summary>
/// Base of every failure that a user can do something about. Carries what a message needs: the file or option, what was found, what was
/// expected, and what to do next.
/// </summary>
public abstract class SparsumException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A stable identifier in kebab case, e.g. <c>missing-shard</c>.</param>
    /// <param name="message">One sentence for people.</param>
    /// <param name="innerException">The cause, if another exception was.</param>
    protected SparsumException(string code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>A stable identifier in kebab case.</summary>
    public string Code { get; }

    /// <summary>The file that is at fault, or the tensor or key in one.</summary>
    public string? File { get; init; }

    /// <summary>
    /// The option that is at fault, by its name in kebab case: <c>sparsity</c>, <c>sequence-length</c>, or <c>owl.lambda</c> for a setting of
    /// a method. In texts, an option stands between backticks: <c>start again with `force`</c>. A command line turns both into its flags.
    /// </summary>
    public string? Option { get; init; }

    /// <summary>What was found there.</summary>
    public string? Found { get; init; }

    /// <summary>What belongs there.</summary>
    public string? Expected { get; init; }

    /// <summary>What the user can do next.</summary>
    public string? Hint { get; init; }
}
