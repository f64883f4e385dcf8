using System.Numerics.Tensors;
using Microsoft.Extensions.AI;
using Sparsum.Extensions.AI;

if (args is not [var model, var file, var question])
{
    Console.Error.WriteLine("Usage: Sparsum.Samples.SemanticSearch MODEL FILE QUESTION   (a sentence encoder's folder, texts line by line, what to look for)");
    return 2;
}

string[] texts = [.. File.ReadLines(file).Where(line => line.Trim().Length > 0)];
using IEmbeddingGenerator<string, Embedding<float>> generator = SparsumEmbeddingGenerator.Open(model, new EmbeddingModelOptions { MaxTokens = 256 });
var vectors = await generator.GenerateAsync(texts);
var wanted = await generator.GenerateVectorAsync(question);
var best = texts.Zip(vectors, (text, vector) => (Score: TensorPrimitives.Dot(vector.Vector.Span, wanted.Span), Text: text))
    .OrderByDescending(hit => hit.Score)
    .Take(5);
foreach (var (score, text) in best)
{
    Console.WriteLine(FormattableString.Invariant($"{score:F3}  {text}"));
}

return 0;
