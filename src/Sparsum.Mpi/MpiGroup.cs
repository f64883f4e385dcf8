using Sparsum.Core;

namespace Sparsum.Mpi;

/// <summary>
/// The processes that <c>mpirun</c> started together, over the Open MPI that is installed. A process joins once; when one of them dies, the
/// launcher ends the others.
/// </summary>
/// <example><code>
/// using var group = MpiGroup.Join();
/// var result = new BlockwisePruner(backend) { Group = group }.Run("models/llama", "models/llama-60", options);
/// </code></example>
public sealed class MpiGroup : ProcessGroup, IDisposable
{
    private readonly MpiLibrary library;
    private bool isOver;

    private MpiGroup(MpiLibrary library)
    {
        this.library = library;
        (Rank, Size) = (library.Rank(), library.Size());
    }

    /// <inheritdoc/>
    public override int Rank { get; }

    /// <inheritdoc/>
    public override int Size { get; }

    /// <summary>Joins the processes that were started with this one.</summary>
    /// <exception cref="InvalidInputException">
    /// Nothing says that this process was started by <c>mpirun</c>: <c>mpi-not-started</c>. There is no Open MPI: <c>mpi-missing</c>,
    /// <c>mpi-unsupported</c>. The library knows of another number of processes than the launcher: <c>mpi-mismatch</c>.
    /// </exception>
    /// <exception cref="RunFailedException">The library failed: <c>mpi-failed</c>.</exception>
    public static MpiGroup Join()
    {
        if (!MpiLaunch.IsLaunched)
        {
            throw new InvalidInputException("mpi-not-started", "This process was not started by mpirun.")
            {
                Option = "engine",
                Found = "no environment of a launcher",
                Expected = "a start such as mpirun -np 2 sparsum ...",
                Hint = "Start the command with mpirun, or leave out `engine`.",
            };
        }

        var library = MpiLibrary.Load();
        library.Init();
        var group = new MpiGroup(library);
        if (MpiLaunch.Size is { } started && started != group.Size)
        {
            group.Dispose();
            throw new InvalidInputException("mpi-mismatch", "The MPI library is not that of the mpirun which started this process.")
            {
                Option = "engine",
                Found = FormattableString.Invariant($"{group.Size} processes by the library, {started} by the launcher"),
                Hint = $"Use the mpirun of the library, or name the library of that mpirun with {MpiLibrary.PathVariable}.",
            };
        }

        return group;
    }

    /// <summary>Ends all processes of the group at once, this one too: the way out of a failure that the others do not share.</summary>
    /// <param name="exitCode">What the launcher returns.</param>
    public void Abort(int exitCode)
    {
        isOver = true;
        library.Abort(exitCode);
    }

    /// <summary>Waits until all processes are done.</summary>
    public void Dispose()
    {
        if (!isOver)
        {
            isOver = true;
            library.End();
        }
    }

    /// <inheritdoc/>
    protected override void Send(Span<byte> bytes, int rank) => library.Broadcast(bytes, rank);

    /// <inheritdoc/>
    protected override void Gather(ReadOnlySpan<byte> own, Span<byte> all) => library.Gather(own, all);

    /// <inheritdoc/>
    protected override void Exchange(ReadOnlySpan<byte> parts, Span<byte> own) => library.Exchange(parts, own, Size);
}
