using System.CommandLine;

namespace Sparsum.Cli.Options;

/// <summary>Options that every verb takes.</summary>
internal sealed class CommonOptions
{
    public const string PrecisionName = "--float32-precision";

    public Option<bool> Json { get; } = OptionFactory.Flag("--json", "Write exactly one JSON document to standard output.");

    public Option<bool> Quiet { get; } = OptionFactory.Flag("--quiet", "Show no progress and no tables.");

    public Option<bool> Verbose { get; } = OptionFactory.Flag(
        "--verbose", "Write every step as a line of its own to standard error, and the stack trace of an error.");

    public Option<int> Threads { get; } = OptionFactory.Integer("--threads", "N", "Threads to use; 0 means all cores.", 0, 0, 1024);

    public Option<string> Float32Precision { get; } = OptionFactory.Choice(
        PrecisionName, "How exact products of float32 are; high multiplies two bfloat16 a value, 16 bits, where the processor has AMX.", "highest", "highest", "high");

    public Option<int> Seed { get; } = OptionFactory.Integer("--seed", "N", "Seed of everything random.", 0, 0, int.MaxValue);

    public Option<bool> Offline { get; } = OptionFactory.Flag("--offline", "Ask nothing of the network: names of the hub mean what is in the cache.");

    public void AddTo(RootCommand root)
    {
        foreach (var option in new Option[] { Json, Quiet, Verbose, Threads, Float32Precision, Seed, Offline })
        {
            option.Recursive = true;
            root.Options.Add(option);
        }
    }
}
