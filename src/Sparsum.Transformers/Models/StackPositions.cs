using System.Collections.Concurrent;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>Absolute positions that are added to the embeddings of a stack: a learned table, or sinusoids that are computed.</summary>
public sealed class StackPositions
{
    private const double Base = 10_000;

    private readonly ConcurrentDictionary<int, float[]> sinusoids = new();

    /// <summary>The learned table <c>[positions, hidden]</c>; null for sinusoids.</summary>
    public Parameter? Table { get; init; }

    /// <summary>Row of the table that belongs to position 0.</summary>
    public int Offset { get; init; }

    /// <summary>Width of the sinusoids; 0 for a table.</summary>
    public int Sinusoids { get; init; }

    /// <summary>Number of positions of sinusoids.</summary>
    public int Length { get; init; }

    /// <summary>Adds the positions of a pass to its states.</summary>
    /// <exception cref="InvalidInputException">There is no such position.</exception>
    public void Add(ForwardPass pass, ref Tensor hidden)
    {
        int last = pass.Positions.DefaultIfEmpty(0).Max();
        int length = Table is null ? Length : Table.Shape[0] - Offset;
        if (last >= length)
        {
            throw new InvalidInputException("sequence-too-long", $"The sequence needs {last + 1} positions; the model has {length}.")
            {
                Found = $"position {last}",
                Expected = $"positions below {length}",
                Hint = "Use shorter sequences.",
            };
        }

        if (Table is not null)
        {
            pass.Computation.GatherInPlace(ref hidden, Table.Value, [.. pass.Positions.Select(position => position + Offset)]);
            return;
        }

        using var waves = pass.Computation.Workspace.Rent(hidden.Shape);
        for (int row = 0; row < waves.RowCount; row++)
        {
            sinusoids.GetOrAdd(pass.Positions[row], SinusoidsAt).CopyTo(waves.Row(row));
        }

        pass.Computation.AddInPlace(ref hidden, waves);
    }

    /// <summary>Sines of all frequencies, then cosines (Vaswani et al. 2017, section 3.5).</summary>
    private float[] SinusoidsAt(int position)
    {
        float[] values = new float[Sinusoids];
        int sines = (values.Length + 1) / 2;
        for (int i = 0; i < values.Length; i++)
        {
            int place = i < sines ? i : i - sines;
            double angle = position / Math.Pow(Base, 2.0 * place / values.Length);
            values[i] = (float)(i < sines ? Math.Sin(angle) : Math.Cos(angle));
        }

        return values;
    }
}

/// <summary>What happens to the embeddings of one of two stacks before its first block.</summary>
public sealed class StackInput
{
    /// <summary>Absolute positions; null when positions enter elsewhere.</summary>
    public StackPositions? Positions { get; init; }

    /// <summary>Norm of the embeddings; null for none.</summary>
    public Normalization? Norm { get; init; }

    /// <summary>The parameters.</summary>
    public IEnumerable<Parameter> Parameters => [.. Positions?.Table is { } table ? new[] { table } : [], .. Norm?.Parameters ?? []];
}
