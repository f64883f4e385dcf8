using Sparsum.Cli.Rendering;
using Sparsum.Evaluation.Latency;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sparsum.Cli.Progress;

/// <summary>Peak memory of the process.</summary>
internal sealed class MemoryColumn : ProgressColumn
{
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(Units.Bytes(PeakMemory.Read()));
}
