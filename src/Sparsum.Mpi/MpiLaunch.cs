using System.Globalization;

namespace Sparsum.Mpi;

/// <summary>What the environment says of how this process was started; nothing is loaded for it.</summary>
public static class MpiLaunch
{
    private static readonly string[] Sizes = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"];
    private static readonly string[] Ranks = ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"];

    /// <summary>Whether <c>mpirun</c>, or a batch system in its place, started this process.</summary>
    public static bool IsLaunched => Size is not null || Rank is not null;

    /// <summary>How many processes were started together; null where nothing says so.</summary>
    public static int? Size => Read(Sizes);

    /// <summary>Which of them this is; null where nothing says so.</summary>
    public static int? Rank => Read(Ranks);

    private static int? Read(string[] names)
    {
        foreach (string name in names)
        {
            if (int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value))
            {
                return value;
            }
        }

        return null;
    }
}
