using System.Text.Json;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints.Gguf;

/// <summary>Losses of a real model over the windows of the papers' protocols, from its GGUF file.</summary>
public class SmolLmWindowTests
{
    private const int Window = 2048;

    [SlowSharedTheory("models/smollm2-135m-gguf")]
    [InlineData("wikitext2")]
    [InlineData("ptb")]
    [InlineData("c4")]
    public void LossesOfTheFirstWindowsAreThoseOfTheReference(string protocol)
    {
        string folder = SharedFiles.Path("models", "smollm2-135m-gguf");
        var reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "reference.json"))).RootElement
            .GetProperty("perplexity").GetProperty(protocol);
        using var pretrained = PretrainedModel.Open(folder);
        int[] ids = pretrained.Tokenizer.Encode(Text(protocol));
        Assert.Equal(reference.GetProperty("tokens_of_the_text").GetInt32(), ids.Length);
        var backend = new CpuBackend(0);
        pretrained.LoadPacked(backend, StorageType.Float32);
        for (int window = 0; window < 2; window++)
        {
            double loss = Loss(pretrained.Model, backend, ids.AsSpan(window * Window, Window).ToArray());
            Assert.Equal(reference.GetProperty("mean_loss_of_each")[window].GetDouble(), loss, 1e-4);
        }
    }

    private static string Text(string protocol) => protocol switch
    {
        "wikitext2" => string.Join("\n\n", File.ReadAllText(SharedFiles.Path("data", "wikitext-2-raw", "wiki.test.raw")).TrimEnd('\n').Split('\n')
            .Select(line => string.IsNullOrWhiteSpace(line) ? "" : line + "\n")),
        "ptb" => string.Join(' ', File.ReadLines(SharedFiles.Path("data", "ptb", "ptb.test.txt")).Select(line => line.Trim())),
        _ => string.Join(' ', File.ReadLines(SharedFiles.Path("data", "c4", "c4-sample.jsonl")).Take(1100)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString())),
    };

    private static double Loss(TransformerModel model, CpuBackend backend, int[] ids)
    {
        using var computation = new Computation(backend);
        var batch = new TokenBatch(ids, 1);
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        double sum = 0;
        for (int token = 0; token + 1 < ids.Length; token++)
        {
            var row = logits.Row(token);
            double largest = row[0];
            foreach (float value in row)
            {
                largest = Math.Max(largest, value);
            }

            double total = 0;
            foreach (float value in row)
            {
                total += Math.Exp(value - largest);
            }

            sum += largest + Math.Log(total) - row[ids[token + 1]];
        }

        return sum / (ids.Length - 1);
    }
}
