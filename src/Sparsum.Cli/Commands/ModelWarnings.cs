using Sparsum.Cli.Running;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary>What a user should know of a model before believing its outputs.</summary>
internal static class ModelWarnings
{
    /// <summary>Warns of a head that was never trained.</summary>
    public static void WarnOfFreshParameters(this RunContext context, PretrainedModel pretrained)
    {
        foreach (string name in pretrained.FreshParameters)
        {
            context.Warn($"the checkpoint has no '{name}'; its values are random until it is trained");
        }
    }
}
