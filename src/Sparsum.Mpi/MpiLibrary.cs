using System.Runtime.InteropServices;
using System.Text;
using Sparsum.Core;

namespace Sparsum.Mpi;

/// <summary>The few functions of an installed Open MPI that a group of processes needs, and its handles, which are addresses.</summary>
internal sealed unsafe class MpiLibrary
{
    /// <summary>The environment variable that names the library where it is not found by itself.</summary>
    public const string PathVariable = "SPARSUM_MPI_LIBRARY";

    private const string World = "ompi_mpi_comm_world";
    private const string Bytes = "ompi_mpi_byte";
    private const string Install = "Install Open MPI (Debian and Ubuntu: openmpi-bin and libopenmpi3; macOS: brew install open-mpi)";

    /// <summary>One thread at a time calls; which one does not matter.</summary>
    private const int Serialized = 2;

    private readonly nint library;
    private readonly nint world;
    private readonly nint bytes;

    private MpiLibrary(nint library)
    {
        this.library = library;
        world = NativeLibrary.GetExport(library, World);
        bytes = NativeLibrary.GetExport(library, Bytes);
    }

    /// <summary>Names under which systems have the library of Open MPI; those of others come last, to be named in the error.</summary>
    public static IReadOnlyList<string> Names { get; } = OperatingSystem.IsMacOS()
        ? ["libmpi.40.dylib", "libmpi.dylib"]
        : ["libmpi.so.40", "libmpi.so", "libmpich.so.12", "libmpi.so.12"];

    /// <summary>Loads the library.</summary>
    /// <param name="path">Its file; null for that of <see cref="PathVariable"/> or the first of <see cref="Names"/> that is there.</param>
    /// <exception cref="InvalidInputException">There is none, <c>mpi-missing</c>, or it is not Open MPI, <c>mpi-unsupported</c>.</exception>
    public static MpiLibrary Load(string? path = null)
    {
        path ??= Environment.GetEnvironmentVariable(PathVariable);
        foreach (string name in path is null ? Names : [path])
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                return NativeLibrary.TryGetExport(library, World, out _) && NativeLibrary.TryGetExport(library, Bytes, out _)
                    ? new MpiLibrary(library)
                    : throw Unsupported(library, name);
            }
        }

        throw new InvalidInputException("mpi-missing", "No MPI library was found on this machine.")
        {
            Option = "engine",
            Found = path is null ? $"none of {string.Join(", ", Names)}" : $"{PathVariable}={path}, which cannot be loaded",
            Expected = "Open MPI 3 or later",
            Hint = $"{Install}, or name its library with {PathVariable}.",
        };
    }

    /// <summary>Joins the other processes that were started together.</summary>
    public void Init()
    {
        int provided;
        Check(((delegate* unmanaged<int*, byte***, int, int*, int>)Export("MPI_Init_thread"))(null, null, Serialized, &provided), "MPI_Init_thread");
        if (provided < Serialized)
        {
            throw Failed("MPI_Init_thread", FormattableString.Invariant($"a library for threads of level {provided} alone"));
        }
    }

    /// <summary>The number of this process.</summary>
    public int Rank() => Ask("MPI_Comm_rank");

    /// <summary>Number of processes.</summary>
    public int Size() => Ask("MPI_Comm_size");

    /// <summary>Waits for the others, and ends their being together.</summary>
    public void End() => Check(((delegate* unmanaged<int>)Export("MPI_Finalize"))(), "MPI_Finalize");

    /// <summary>Ends all processes, this one too.</summary>
    public void Abort(int exitCode) => ((delegate* unmanaged<nint, int, int>)Export("MPI_Abort"))(world, exitCode);

    /// <summary>Replaces bytes by those of one rank.</summary>
    public void Broadcast(Span<byte> values, int rank)
    {
        fixed (byte* first = values)
        {
            Check(((delegate* unmanaged<byte*, int, nint, int, nint, int>)Export("MPI_Bcast"))(first, values.Length, bytes, rank, world), "MPI_Bcast");
        }
    }

    /// <summary>Puts the bytes of all ranks one behind the other.</summary>
    public void Gather(ReadOnlySpan<byte> own, Span<byte> all) => Exchange("MPI_Allgather", own, own.Length, all);

    /// <summary>Gives every rank one part of the bytes, and takes one from each.</summary>
    public void Exchange(ReadOnlySpan<byte> parts, Span<byte> own, int size) => Exchange("MPI_Alltoall", parts, parts.Length / size, own);

    private static InvalidInputException Unsupported(nint library, string name) =>
        new("mpi-unsupported", "The MPI library of this machine is not Open MPI.")
        {
            Option = "engine",
            Found = $"{name}, {Version(library)}",
            Expected = "Open MPI 3 or later",
            Hint = $"{Install}, and start the processes with its own mpirun.",
        };

    private static string Version(nint library)
    {
        const int Longest = 8192;
        if (!NativeLibrary.TryGetExport(library, "MPI_Get_library_version", out nint function))
        {
            return "which tells no version";
        }

        byte[] text = new byte[Longest];
        int length = 0;
        fixed (byte* first = text)
        {
            ((delegate* unmanaged<byte*, int*, int>)function)(first, &length);
        }

        return Encoding.UTF8.GetString(text, 0, Math.Clamp(length, 0, Longest)).Split('\n')[0].Trim('\0', ' ');
    }

    private static void Check(int result, string function)
    {
        if (result != 0)
        {
            throw Failed(function, FormattableString.Invariant($"error {result}"));
        }
    }

    private static RunFailedException Failed(string function, string found) => new("mpi-failed", $"The MPI library could not do {function}.")
    {
        Found = found,
        Hint = "Try a program of two processes that comes with the library, to see whether the machine's MPI works.",
    };

    private void Exchange(string function, ReadOnlySpan<byte> sent, int length, Span<byte> received)
    {
        fixed (byte* from = sent)
        {
            fixed (byte* to = received)
            {
                Check(((delegate* unmanaged<byte*, int, nint, byte*, int, nint, nint, int>)Export(function))(from, length, bytes, to, length, bytes, world), function);
            }
        }
    }

    private int Ask(string function)
    {
        int answer;
        Check(((delegate* unmanaged<nint, int*, int>)Export(function))(world, &answer), function);
        return answer;
    }

    private nint Export(string name) => NativeLibrary.GetExport(library, name);
}
