namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>
/// How large a model is to be expected by the log-alphas of its gates, which of them are closed in the end, and the sparsity that those leave
/// (Xia et al. 2022, section 3.1, and its published code).
/// </summary>
/// <param name="layout">The gates.</param>
internal sealed class ExpectedSize(GateLayout layout)
{
    /// <summary>Steepness of gates without noise.</summary>
    private const double Steepness = 0.8;

    private const double Temperature = 2.0 / 3;

    /// <summary>Log-alphas stay within ± this.</summary>
    public static readonly double Bound = Math.Log(100);

    /// <summary>The distribution of the gates.</summary>
    public static HardConcrete Distribution { get; } = new(Temperature);

    /// <summary>The expected share of prunable values that is gone, ŝ.</summary>
    public double Sparsity(double[] logAlphas) => 1 - (Measure(logAlphas, null) / layout.Size);

    /// <summary>ŝ, and its gradient.</summary>
    public (double Sparsity, double[] Gradient) Differentiate(double[] logAlphas)
    {
        double[] onOpen = new double[layout.Count];
        double size = Measure(logAlphas, onOpen);
        double whole = layout.Size;
        return (1 - (size / whole), [.. onOpen.Select((value, i) => -value * Distribution.OpenSlope(logAlphas[i]) / whole)]);
    }

    /// <summary>
    /// The gates without noise: in each row as many are closed as are expected to be, the lowest; the others stay soft, below 1.
    /// </summary>
    public double[] Discrete(double[] logAlphas)
    {
        double[] gates = [.. logAlphas.Select(a => HardConcrete.Sigmoid(Steepness * a / Temperature))];
        foreach (var row in layout.Rows)
        {
            int[] members = [.. Enumerable.Range(row.Start.Value, row.End.Value - row.Start.Value)];
            int zeros = (int)Math.Round(members.Length - members.Sum(i => Distribution.Open(logAlphas[i])), MidpointRounding.ToEven);
            foreach (int i in members.OrderBy(i => gates[i]).Take(zeros).ToList())
            {
                gates[i] = 0;
            }
        }

        return gates;
    }

    /// <summary>The share of prunable values that is gone where gates are 0.</summary>
    public double SparsityOf(double[] gates)
    {
        double alive = layout.HasHidden ? gates[layout.Hidden].Count(gate => gate > 0) : layout.Model.HiddenSize;
        double remaining = 0;
        foreach (var (index, module) in layout.Modules.Index())
        {
            double own = gates[layout.ModuleGates][index];
            remaining += module.Attention.Linears.Count * module.Attention.HeadSize * alive * gates[layout.HeadsOf[index]].Count(gate => gate * own > 0);
        }

        foreach (var (index, (_, layer)) in layout.FeedForwards.Index())
        {
            double own = gates[layout.FeedForwardGates][index];
            remaining += layer.Linears.Count * alive * gates[layout.NeuronsOf[index]].Count(gate => gate * own > 0);
        }

        return 1 - (remaining / layout.Size);
    }

    /// <summary>E, and into <paramref name="onOpen"/> its gradient with respect to the probabilities of being open.</summary>
    private double Measure(double[] logAlphas, double[]? onOpen)
    {
        double[] open = [.. logAlphas.Select(Distribution.Open)];
        double hidden = layout.HasHidden ? open[layout.Hidden].Sum() : 0;
        double perFeature = 0;
        double size = 0;
        foreach (var (index, range) in layout.HeadsOf.Index())
        {
            double perHead = layout.HeadSize(index);
            Add(range, layout.ModuleGates.Start.Value + index, layout.HasHidden ? perHead / layout.Model.HiddenSize : perHead);
        }

        foreach (var (index, range) in layout.NeuronsOf.Index())
        {
            var layer = layout.FeedForwards[index].Layer;
            Add(range, layout.FeedForwardGates.Start.Value + index, layout.HasHidden ? layer.Linears.Count : Math.Floor(layout.FeedForwardSize(index) / layer.NeuronCount));
        }

        if (onOpen is not null && layout.HasHidden)
        {
            onOpen.AsSpan(layout.Hidden).Fill(perFeature);
        }

        return size;

        void Add(Range members, int part, double values)
        {
            double sum = open[members].Sum();
            double factor = layout.HasHidden ? values * hidden : values;
            size += factor * open[part] * sum;
            perFeature += values * open[part] * sum;
            if (onOpen is not null)
            {
                onOpen[part] = factor * sum;
                onOpen.AsSpan(members).Fill(factor * open[part]);
            }
        }
    }
}
