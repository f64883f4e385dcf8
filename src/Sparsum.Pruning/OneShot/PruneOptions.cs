using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Pruning.OneShot.Refinement;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.OneShot;

/// <summary>What a one-shot run does to a model. Everything that the result depends on is here.</summary>
public sealed record PruneOptions
{
    /// <summary>The method: what decides which weights matter.</summary>
    public IPruningMethod Method { get; init; } = new Wanda();

    /// <summary>A refinement of the method's masks; null for none.</summary>
    public IMaskRefinement? Refinement { get; init; }

    /// <summary>The allocation: how the sparsity is spread over the layers.</summary>
    public IAllocation Allocation { get; init; } = new UniformAllocation();

    /// <summary>Which layers are pruned.</summary>
    public LayerSelection Layers { get; init; } = LayerSelection.All;

    /// <summary>
    /// Share of the weights of the selected layers to prune, from 0 to below 1; a <see cref="Pattern"/> takes its place, and so does an
    /// allocation that has ratios of its own.
    /// </summary>
    public double Sparsity { get; init; } = 0.5;

    /// <summary>Semi-structured pattern; null for unstructured sparsity.</summary>
    public NmPattern? Pattern { get; init; }

    /// <summary>How many weights an allocation's ratios come to.</summary>
    public SparsityRounding Rounding { get; init; }

    /// <summary>Which weights compete with each other.</summary>
    public Granularity Granularity { get; init; } = Granularity.Row;

    /// <summary>
    /// How many neighbouring rows share their zeros: 4 makes the 4x1 blocks that sparse kernels read fastest, 1 leaves rows to themselves.
    /// </summary>
    public int BlockRows { get; init; } = 1;

    /// <summary>What becomes of experts that no calibration token is sent to.</summary>
    public UnseenExperts UnseenExperts { get; init; }

    /// <summary>How the weights that stay are rounded to integers, jointly with pruning where the method does so; null leaves them as they are.</summary>
    public WeightQuantization? Quantization { get; init; }

    /// <summary>The calibration data; null for methods that need none.</summary>
    public CalibrationOptions? Calibration { get; init; }

    /// <summary>Largest file of the output in bytes.</summary>
    public long ShardBytes { get; init; } = ShardPlan.DefaultShardBytes;

    /// <summary>The options as records hold them, for products of a precision.</summary>
    internal PruneDescription Describe(Float32Precision precision)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Add(Method.Name, Method.Settings);
        Add(Allocation.Name, Allocation.Settings);
        if (Refinement is not null)
        {
            Add(Refinement.Name, Refinement.Settings);
        }

        return new PruneDescription
        {
            Method = Method.Name,
            Refinement = Refinement?.Name,
            Allocation = Allocation.Name,
            Settings = settings,
            Layers = Layers.IsAll ? null : Layers,
            Sparsity = Allocation.HasOwnSparsity ? null : Sparsity,
            Pattern = Pattern,
            Rounding = Rounding,
            Granularity = Granularity,
            BlockRows = BlockRows,
            UnseenExperts = UnseenExperts,
            Quantization = Quantization,
            Calibration = Calibration,
            ShardBytes = ShardBytes,
            Precision = precision,
        };

        void Add(string owner, IReadOnlyDictionary<string, string> given)
        {
            foreach (var (name, value) in given)
            {
                settings[$"{owner}.{name}"] = value;
            }
        }
    }
}
