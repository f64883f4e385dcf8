using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

/// <summary>A matrix that is a view into larger memory, at an offset no vector is aligned to, with rows around it that must not change.</summary>
internal sealed class Guarded : IDisposable
{
    private readonly Tensor memory;
    private readonly float[] before;

    public Guarded(int seed, int rows, int columns)
    {
        // The view of an empty row would be ambiguous, so an extra column stands in for it.
        memory = Numbers.Random(seed, rows + 2, Math.Max(1, columns));
        before = memory.ToArray();
        View = columns == 0 ? memory.Rows(1, 0) : memory.Rows(1, rows);
    }

    /// <summary>The matrix <c>[rows, columns]</c>.</summary>
    public Tensor View { get; }

    public void AssertSurroundingsUnchanged()
    {
        int columns = memory.Columns;
        var after = memory.ToArray();
        Assert.Equal(before[..columns], after[..columns]);
        Assert.Equal(before[^columns..], after[^columns..]);
    }

    public void Dispose() => memory.Dispose();
}
