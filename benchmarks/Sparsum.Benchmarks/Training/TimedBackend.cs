using System.Globalization;
using Sparsum.Tensors;
using Sparsum.Tensors.Memory;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Benchmarks.Training;

/// <summary>Hands every operation on to another backend and adds up the processor time that each kind takes.</summary>
internal sealed class TimedBackend(IBackend backend) : IBackend
{
    private readonly SortedDictionary<string, (int Calls, TimeSpan Time)> times = [];

    /// <inheritdoc/>
    public string Description => backend.Description;

    /// <inheritdoc/>
    public int Threads => backend.Threads;

    public Float32Precision Precision => backend.Precision;

    /// <summary>Forgets what was added up.</summary>
    public void Clear() => times.Clear();

    /// <summary>Each kind of operation with calls and milliseconds per round, the longest first.</summary>
    public IEnumerable<string> Report(int rounds) => times
        .OrderByDescending(item => item.Value.Time)
        .Select(item => string.Create(
            CultureInfo.InvariantCulture,
            $"{item.Key,-28} {item.Value.Calls / rounds,5} calls {item.Value.Time.TotalMilliseconds / rounds,9:F3} ms"));

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <inheritdoc/>
    public void MatMul(MatrixProduct product, Tensor a, Tensor b, Tensor output, bool accumulate = false)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.MatMul(product, a, b, output, accumulate);
        Add($"MatMul {product}", start);
    }

    /// <inheritdoc/>
    public void Linear(Tensor input, Tensor weight, Tensor? bias, Activation activation, Tensor output, bool rowwise = false)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Linear(input, weight, bias, activation, output, rowwise);
        Add(nameof(Linear), start);
    }

    /// <inheritdoc/>
    public void Linear(Tensor input, PackedWeight weight, Tensor? bias, Activation activation, Tensor output, bool rowwise = false)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Linear(input, weight, bias, activation, output, rowwise);
        Add(nameof(Linear), start);
    }

    /// <inheritdoc/>
    public PackedWeight Pack(Tensor weight, StorageType storage = StorageType.Float32)
    {
        var start = Environment.CpuUsage.TotalTime;
        var result = backend.Pack(weight, storage);
        Add(nameof(Pack), start);
        return result;
    }

    /// <inheritdoc/>
    public void Attention(Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options, Tensor output)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Attention(query, key, value, bias, options, output);
        Add(nameof(Attention), start);
    }

    /// <inheritdoc/>
    public void LayerNorm(Tensor input, Tensor? scale, Tensor? shift, float epsilon, Tensor output)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.LayerNorm(input, scale, shift, epsilon, output);
        Add(nameof(LayerNorm), start);
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor input, Tensor scale, float epsilon, bool unitOffset, Tensor output)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.RmsNorm(input, scale, epsilon, unitOffset, output);
        Add(nameof(RmsNorm), start);
    }

    /// <inheritdoc/>
    public void Activate(Activation activation, Tensor input, Tensor output)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Activate(activation, input, output);
        Add(nameof(Activate), start);
    }

    /// <inheritdoc/>
    public void Gate(Activation activation, Tensor gate, Tensor up, Tensor output)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Gate(activation, gate, up, output);
        Add(nameof(Gate), start);
    }

    /// <inheritdoc/>
    public void Add(Tensor left, Tensor right, Tensor output)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Add(left, right, output);
        Add(nameof(Add), start);
    }

    /// <inheritdoc/>
    public void Scale(Tensor tensor, float factor)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Scale(tensor, factor);
        Add(nameof(Scale), start);
    }

    /// <inheritdoc/>
    public void Rotate(Tensor tensor, int headCount, RotaryTable table, ReadOnlySpan<int> positions, bool inverse = false)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Rotate(tensor, headCount, table, positions, inverse);
        Add(nameof(Rotate), start);
    }

    /// <inheritdoc/>
    public void Gather(Tensor table, ReadOnlySpan<int> ids, Tensor output, bool accumulate = false)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Gather(table, ids, output, accumulate);
        Add(nameof(Gather), start);
    }

    /// <inheritdoc/>
    public void Softmax(Tensor rows)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Softmax(rows);
        Add(nameof(Softmax), start);
    }

    /// <inheritdoc/>
    public void CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, Span<double> losses, float smoothing = 0)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.CrossEntropy(logits, targets, losses, smoothing);
        Add(nameof(CrossEntropy), start);
    }

    /// <inheritdoc/>
    public void AddColumnSquareSums(Tensor input, Span<double> sums)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.AddColumnSquareSums(input, sums);
        Add(nameof(AddColumnSquareSums), start);
    }

    /// <inheritdoc/>
    public void AddColumnSums(Tensor input, Span<double> sums)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.AddColumnSums(input, sums);
        Add(nameof(AddColumnSums), start);
    }

    /// <inheritdoc/>
    public void AddGram(Tensor input, DoubleMatrix sums)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.AddGram(input, sums);
        Add(nameof(AddGram), start);
    }

    /// <inheritdoc/>
    public void ActivationGradient(
        Activation activation, Tensor input, Tensor outputGradient, Tensor inputGradient, Tensor? columnSums = null)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.ActivationGradient(activation, input, outputGradient, inputGradient, columnSums);
        Add(nameof(ActivationGradient), start);
    }

    /// <inheritdoc/>
    public void GateGradient(Activation activation, Tensor gate, Tensor up, Tensor outputGradient, Tensor gateGradient, Tensor upGradient)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.GateGradient(activation, gate, up, outputGradient, gateGradient, upGradient);
        Add(nameof(GateGradient), start);
    }

    /// <inheritdoc/>
    public void LayerNormGradient(
        Tensor input, Tensor? scale, float epsilon, Tensor outputGradient, Tensor? inputGradient, Tensor? scaleGradient, Tensor? shiftGradient, bool accumulate = false)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.LayerNormGradient(input, scale, epsilon, outputGradient, inputGradient, scaleGradient, shiftGradient, accumulate);
        Add(nameof(LayerNormGradient), start);
    }

    /// <inheritdoc/>
    public void RmsNormGradient(
        Tensor input, Tensor scale, float epsilon, bool unitOffset, Tensor outputGradient, Tensor? inputGradient, Tensor? scaleGradient, bool accumulate = false)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.RmsNormGradient(input, scale, epsilon, unitOffset, outputGradient, inputGradient, scaleGradient, accumulate);
        Add(nameof(RmsNormGradient), start);
    }

    /// <inheritdoc/>
    public void AttentionGradient(
        Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options, Tensor outputGradient, Tensor queryGradient, Tensor keyGradient, Tensor valueGradient, Tensor? biasGradient)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.AttentionGradient(query, key, value, bias, options, outputGradient, queryGradient, keyGradient, valueGradient, biasGradient);
        Add(nameof(AttentionGradient), start);
    }

    /// <inheritdoc/>
    public void ScatterAdd(Tensor rows, ReadOnlySpan<int> ids, Tensor table, int? skipped = null)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.ScatterAdd(rows, ids, table, skipped);
        Add(nameof(ScatterAdd), start);
    }

    /// <inheritdoc/>
    public void AddColumnSums(Tensor input, Tensor sums)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.AddColumnSums(input, sums);
        Add(nameof(AddColumnSums), start);
    }

    /// <inheritdoc/>
    public void CrossEntropyGradient(Tensor logits, ReadOnlySpan<int> targets, float factor, Tensor gradient, float smoothing = 0)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.CrossEntropyGradient(logits, targets, factor, gradient, smoothing);
        Add(nameof(CrossEntropyGradient), start);
    }

    /// <inheritdoc/>
    public void Dropout(Tensor tensor, float rate, RandomStream stream, long first = 0)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Dropout(tensor, rate, stream, first);
        Add(nameof(Dropout), start);
    }

    /// <inheritdoc/>
    public void GatherColumns(Tensor input, ReadOnlySpan<int> columns, Tensor output)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.GatherColumns(input, columns, output);
        Add(nameof(GatherColumns), start);
    }

    /// <inheritdoc/>
    public void ScatterColumns(Tensor input, ReadOnlySpan<int> columns, Tensor? bias, Tensor output)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.ScatterColumns(input, columns, bias, output);
        Add(nameof(ScatterColumns), start);
    }

    /// <inheritdoc/>
    public void Route(Tensor logits, bool normalizes, Span<int> chosen, Tensor weights)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Route(logits, normalizes, chosen, weights);
        Add(nameof(Route), start);
    }

    /// <inheritdoc/>
    public void RouteGradient(Tensor logits, bool normalizes, ReadOnlySpan<int> chosen, Tensor weightGradient, Tensor logitGradient)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.RouteGradient(logits, normalizes, chosen, weightGradient, logitGradient);
        Add(nameof(RouteGradient), start);
    }

    /// <inheritdoc/>
    public void AddWeightedRows(Tensor rows, ReadOnlySpan<int> ids, Tensor weights, ReadOnlySpan<int> places, Tensor sum)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.AddWeightedRows(rows, ids, weights, places, sum);
        Add(nameof(AddWeightedRows), start);
    }

    /// <inheritdoc/>
    public void AddWeightedRowsGradient(
        Tensor rows, ReadOnlySpan<int> ids, Tensor weights, ReadOnlySpan<int> places, Tensor sumGradient, Tensor rowGradient, Tensor? weightGradient)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.AddWeightedRowsGradient(rows, ids, weights, places, sumGradient, rowGradient, weightGradient);
        Add(nameof(AddWeightedRowsGradient), start);
    }

    /// <inheritdoc/>
    public void Disentangle(
        Tensor query, Tensor key, Tensor positionKey, Tensor positionQuery, ReadOnlySpan<int> rowOfDistance, AttentionOptions options, Tensor output)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Disentangle(query, key, positionKey, positionQuery, rowOfDistance, options, output);
        Add(nameof(Disentangle), start);
    }

    /// <inheritdoc/>
    public void DisentangleGradient(
        Tensor query,
        Tensor key,
        Tensor positionKey,
        Tensor positionQuery,
        ReadOnlySpan<int> rowOfDistance,
        AttentionOptions options,
        Tensor outputGradient,
        Tensor queryGradient,
        Tensor keyGradient,
        Tensor positionKeyGradient,
        Tensor positionQueryGradient)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.DisentangleGradient(
            query,
            key,
            positionKey,
            positionQuery,
            rowOfDistance,
            options,
            outputGradient,
            queryGradient,
            keyGradient,
            positionKeyGradient,
            positionQueryGradient);
        Add(nameof(DisentangleGradient), start);
    }

    /// <inheritdoc/>
    public void Narrow(Tensor tensor, NativeBuffer words)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Narrow(tensor, words);
        Add(nameof(Narrow), start);
    }

    /// <inheritdoc/>
    public void Widen(NativeBuffer words, Tensor tensor)
    {
        var start = Environment.CpuUsage.TotalTime;
        backend.Widen(words, tensor);
        Add(nameof(Widen), start);
    }

    private void Add(string operation, TimeSpan start)
    {
        var time = Environment.CpuUsage.TotalTime - start;
        var before = times.GetValueOrDefault(operation);
        times[operation] = (before.Calls + 1, before.Time + time);
    }
}
