using System.Runtime.InteropServices;
using System.Text;
using Sparsum.Cli;
using Sparsum.Cli.Running;

var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var stdout = new StreamWriter(Console.OpenStandardOutput(), utf8) { AutoFlush = true };
using var stderr = new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true };
using var cancellation = new CancellationTokenSource();

// The first signal asks, the second one insists.
void Stop(PosixSignalContext signal)
{
    if (cancellation.IsCancellationRequested)
    {
        Environment.Exit(ExitCode.Cancelled);
    }

    signal.Cancel = true;
    cancellation.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

var terminal = new Terminal(stdout, stderr)
{
    IsOutputInteractive = !Console.IsOutputRedirected,
    IsErrorInteractive = !Console.IsErrorRedirected,
};
return SparsumCommand.Run(args, terminal, TimeProvider.System, cancellation.Token);
