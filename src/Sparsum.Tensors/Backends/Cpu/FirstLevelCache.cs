using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>The cache of data next to a core.</summary>
internal static class FirstLevelCache
{
    private const int IntelLeaf = 4;
    private const int AmdLeaf = unchecked((int)0x8000_001D);
    private const int DataCache = 1;

    /// <summary>Its size, or 32 KiB where the processor does not tell.</summary>
    public static int Bytes { get; } = Math.Max(Read(IntelLeaf), Read(AmdLeaf)) is > 0 and var bytes ? bytes : 32 << 10;

    /// <summary>
    /// How many bytes ahead rows of a weight that are read once are fetched. Near enough that an input of a few thousand floats, the row and what
    /// is fetched lie in a cache of 32 KiB together; where it has 48 KiB, as far as hides more of the memory's latency.
    /// </summary>
    public static int FetchAhead { get; } = Bytes >= 48 << 10 ? 2048 : 256;

    private static int Read(int leaf)
    {
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(leaf & unchecked((int)0x8000_0000), 0).Eax < (uint)leaf)
        {
            return 0;
        }

        // Sub-leaf 0 describes it on every processor that has these leaves.
        var (kind, sizes, sets, _) = X86Base.CpuId(leaf, 0);
        bool isFirstLevelData = (kind & 0x1F) == DataCache && ((kind >> 5) & 7) == 1;
        return isFirstLevelData ? (((sizes >> 22) & 0x3FF) + 1) * (((sizes >> 12) & 0x3FF) + 1) * ((sizes & 0xFFF) + 1) * (sets + 1) : 0;
    }
}
