using Sparsum.Cli.Running;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary>What a user should know of a model before believing its outputs.</summary>
internal static class ModelWarnings
{
    /// <summary>Warns of tensors that are not used, parameters that were never trained, and other things found on opening.</summary>
    public static void WarnOf(this RunContext context, PretrainedModel pretrained)
    {
        foreach (string warning in pretrained.Warnings)
        {
            context.Warn(warning);
        }
    }

    /// <summary>Opens a model for its warnings alone, where the library opens it itself.</summary>
    public static void WarnOf(this RunContext context, string folder)
    {
        using var pretrained = PretrainedModel.Open(folder);
        context.WarnOf(pretrained);
    }
}
