using System.Globalization;
using System.Numerics.Tensors;
using Sparsum.Tensors;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Opponents;

/// <summary>What llama.cpp and Sparsum write when each continues a prompt by the likeliest tokens of the same GGUF file.</summary>
internal static class SameText
{
    public static void Run(IBackend backend, string file, string prompt, int tokens)
    {
        // Asking keeps llama.cpp's own messages off the terminal, too.
        if (LlamaCpp.Tests.LlamaCpp.WhyMissing is { } why)
        {
            throw new InvalidOperationException(why);
        }

        using var pretrained = PretrainedModel.Open(file);
        int[] ids = pretrained.Tokenizer.Encode(prompt);
        var (theirs, their) = TheirAnswer(file, ids, tokens);
        pretrained.LoadAll();
        using var computation = new Computation(backend);
        var batch = new TokenBatch(ids, 1);
        float[] difference = new float[theirs.Length];
        using (var logits = pretrained.Model.Forward(pretrained.Model.BeginPass(computation, batch), batch))
        {
            TensorPrimitives.Subtract(theirs, logits.Row(ids.Length - 1), difference);
        }

        int[] our = new Generator(pretrained.LanguageModel, computation).Generate([ids], new GenerationOptions { MaxNewTokens = tokens })[0];
        int same = our.Zip(their).TakeWhile(pair => pair.First == pair.Second).Count();
        Console.WriteLine($"llama.cpp: {pretrained.Tokenizer.Decode(their)}");
        Console.WriteLine($"Sparsum:   {pretrained.Tokenizer.Decode(our)}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{same} of {our.Length} tokens are the same; logits behind the prompt differ by at most {Math.Abs(TensorPrimitives.MaxMagnitude(difference)):G3}."));
    }

    private static (float[] Logits, int[] Greedy) TheirAnswer(string file, int[] ids, int tokens)
    {
        using var reference = new LlamaCpp.Tests.LlamaCpp(file);
        return reference.Continue(ids, tokens);
    }
}
