using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Tests.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Gradients;

/// <summary>Loss and every parameter's gradient against those of the reference stack.</summary>
public class OracleGradientTests
{
    private const double Tolerance = 5e-6;

    [SharedTheory("oracle/models")]
    [MemberData(nameof(OracleModel.NamesAndBackends), MemberType = typeof(OracleModel))]
    public void Gradients_are_those_of_the_reference(string name, string backendName)
    {
        using var oracle = OracleModel.Open(name);
        using var backend = OracleModel.CreateBackend(backendName);
        oracle.Pretrained.LoadAll();
        var parameters = oracle.Model.Parameters.ToList();
        parameters.ForEach(parameter => parameter.EnableGradient());

        double loss = TrainingStep.Run(backend, oracle.Model, oracle.Batch(), oracle.Ids("labels"));

        Assert.Equal(oracle.Values("loss")[0], loss, 2e-5);
        using var expected = Checkpoint.Open(SharedFiles.Path("oracle", "models", name, "grads.safetensors"));
        string[] stored = [.. parameters.Select(oracle.Pretrained.StoredName).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), stored);
        foreach (string tensor in stored)
        {
            using var gradient = oracle.Pretrained.GatherGradient(tensor);
            Assert.Equal(expected.Tensors[tensor].Shape, gradient.Shape.ToArray());
            Numbers.AssertClose(OracleModel.Read(expected, tensor), gradient.Span, Tolerance, tensor);
        }
    }

    [SharedFact("oracle/models/llama_gqa")]
    public void Frozen_parameters_get_no_gradient_and_change_no_other()
    {
        using var oracle = OracleModel.Open("llama_gqa");
        using var backend = OracleModel.CreateBackend("cpu");
        oracle.Pretrained.LoadAll();
        var trained = oracle.Model.Blocks[1].Attention.Query.Weight;
        foreach (var parameter in oracle.Model.Parameters)
        {
            parameter.EnableGradient();
        }

        TrainingStep.Run(backend, oracle.Model, oracle.Batch(), oracle.Ids("labels"));
        float[] expected = trained.Gradient!.ToArray();
        foreach (var parameter in oracle.Model.Parameters.Where(parameter => parameter != trained))
        {
            parameter.DisableGradient();
        }

        trained.EnableGradient();
        TrainingStep.Run(backend, oracle.Model, oracle.Batch(), oracle.Ids("labels"));

        Assert.Equal(expected, trained.Gradient!.ToArray());
        Assert.Contains(expected, value => value != 0);
    }

    [SharedFact("oracle/models/opt_350m_style")]
    public void Gradients_have_the_same_bits_for_any_number_of_threads()
    {
        float[]? expected = null;
        foreach (int threads in new[] { 1, 2, 5 })
        {
            using var oracle = OracleModel.Open("opt_350m_style");
            using var backend = new Tensors.Backends.Cpu.CpuBackend(threads);
            oracle.Pretrained.LoadAll();
            var parameters = oracle.Model.Parameters.ToList();
            parameters.ForEach(parameter => parameter.EnableGradient());
            TrainingStep.Run(backend, oracle.Model, oracle.Batch(), oracle.Ids("labels"));
            float[] actual = [.. parameters.SelectMany(parameter => parameter.Gradient!.ToArray())];
            expected ??= actual;
            Assert.Equal(expected, actual);
        }
    }

    [SharedTheory("oracle/models")]
    [InlineData("gemma")]
    [InlineData("opt_350m_style")]
    [InlineData("pythia_style")]
    public void Steps_repeat_themselves_in_the_memory_of_the_first(string name)
    {
        using var oracle = OracleModel.Open(name);
        using var backend = OracleModel.CreateBackend("cpu");
        using var computation = new Computation(backend);
        using var tape = computation.Record();
        oracle.Pretrained.LoadAll();
        var parameters = oracle.Model.Parameters.ToList();
        var (batch, labels) = (oracle.Batch(), oracle.Ids("labels"));
        float[]? first = null;
        long memory = 0;
        for (int step = 0; step < 3; step++)
        {
            parameters.ForEach(parameter => parameter.EnableGradient());
            tape.Watch(parameters);
            TrainingStep.Run(computation, tape, oracle.Model, batch, labels);
            float[] gradients = [.. parameters.SelectMany(parameter => parameter.Gradient!.ToArray())];
            first ??= gradients;
            memory = step == 0 ? computation.Workspace.IdleBytes : memory;

            Assert.Equal(first, gradients);
            Assert.Equal(memory, computation.Workspace.IdleBytes);
        }
    }
}
