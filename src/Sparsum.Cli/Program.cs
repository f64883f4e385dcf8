using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Sparsum.Cli;
using Sparsum.Cli.Running;
using Sparsum.Mpi;

var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

// The terminal that mpirun gives a process leads to a file or a pipe more often than to people: nothing may be written to it that is meant for one, as
// the console's own streams do.
bool isLaunched = MpiLaunch.IsLaunched && !OperatingSystem.IsWindows();
using var stdout = new StreamWriter(isLaunched ? Plain(1) : Console.OpenStandardOutput(), utf8) { AutoFlush = true };
using var stderr = new StreamWriter(isLaunched ? Plain(2) : Console.OpenStandardError(), utf8) { AutoFlush = true };
using var cancellation = new CancellationTokenSource();

static FileStream Plain(int descriptor) => new(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);

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
    IsOutputInteractive = !isLaunched && !Console.IsOutputRedirected,
    IsErrorInteractive = !isLaunched && !Console.IsErrorRedirected,
};
return SparsumCommand.Run(args, terminal, TimeProvider.System, cancellation.Token);
