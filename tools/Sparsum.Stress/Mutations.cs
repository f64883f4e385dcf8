using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Tests.Checkpoints;

namespace Sparsum.Stress;

/// <summary>
/// Damages one input file after the other and runs the command on it: whatever comes of it is a success or a typed error, in bounded time
/// and memory, never an internal error.
/// </summary>
public static class Mutations
{
    private const string SentencePiece = "tests/oracle/tokenizers/llama_bpe/tokenizer.model";
    private const long LargestAllocation = 1L << 30;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private static readonly string[] Extremes =
    [
        "-1", "0", "1e999", "-1e308", "999999999999999999999", "2147483647", "0.5", "null", "true", "\"\"", "\"\\ud800\"", "[]", "{}", "[[[[[[[[[[]]]]]]]]]]",
    ];

    /// <summary>Runs.</summary>
    /// <param name="root">An empty folder.</param>
    /// <param name="count">How many damaged files, spread over the formats.</param>
    /// <param name="seed">Decides the damage.</param>
    /// <param name="only">Names of formats; none for all.</param>
    /// <param name="tell">Told of every hundredth.</param>
    public static StressReport Run(string root, int count, int seed, IReadOnlyList<string> only, Action<string> tell)
    {
        var formats = Formats(root, new SmallInputs(Path.Combine(root, "inputs"))).Where(format => only.Count == 0 || only.Contains(format.Name)).ToList();
        foreach (var format in formats)
        {
            // A file that is refused as it is would show nothing.
            if (Try(format.Line, out string? failure) != "read")
            {
                throw new InvalidOperationException($"{format.Name} is not read: {failure} {SmallInputs.Command([.. format.Line, "--json"]).Output}");
            }
        }

        var report = new StressReport([], []);
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            var format = formats[i % formats.Count];
            byte[] damaged = Damage(format.Good, random, format.IsText);
            File.WriteAllBytes(format.File, damaged);
            string outcome = Try(format.Line, out string? failure);
            report.Count($"{format.Name}: {outcome}");
            if (failure is not null)
            {
                string kept = Path.Combine(root, $"failure-{i}-{format.Name}");
                File.WriteAllBytes(kept, damaged);
                report.Failures.Add($"{kept}: {failure}");
            }

            File.WriteAllBytes(format.File, format.Good);
            if (i % 100 == 99)
            {
                tell($"{i + 1} of {count}, {report.Failures.Count} failures");
            }
        }

        return report;
    }

    private static string Try(string[] line, out string? failure)
    {
        long start = Stopwatch.GetTimestamp();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        failure = null;
        try
        {
            var (exitCode, output) = SmallInputs.Command([.. line, "--json"]);
            var elapsed = Stopwatch.GetElapsedTime(start);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            failure = exitCode is < 0 or > 2 ? $"exit code {exitCode}"
                : output.Contains("internal-error", StringComparison.Ordinal) ? output.ReplaceLineEndings(" ")
                : elapsed > Longest ? $"{elapsed.TotalSeconds:F0} seconds"
                : allocated > LargestAllocation ? $"{allocated} bytes allocated"
                : null;
            return exitCode == 0 ? "read" : failure is null ? "refused" : "failed";
        }
        catch (Exception exception)
        {
            failure = exception.ToString().ReplaceLineEndings(" ");
            return "failed";
        }
    }

    private static byte[] Damage(byte[] good, Random random, bool isText)
    {
        var bytes = new List<byte>(good);
        for (int times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            int at = random.Next(bytes.Count);
            int length = Math.Min(bytes.Count - at, random.Next(1, 40));
            switch (random.Next(isText ? 8 : 6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(8) == 0 ? bytes.Count - at : length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256)));
                    break;
                case 5:
                    bytes[at] = (byte)(random.Next(2) * 255);
                    break;
                default:
                    ReplaceValue(bytes, at, random);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Puts an extreme value in the place of the next value of a JSON text.</summary>
    private static void ReplaceValue(List<byte> bytes, int from, Random random)
    {
        int start = bytes.FindIndex(from, value => value is (byte)':' or (byte)',' or (byte)'[') + 1;
        if (start > 0)
        {
            int end = bytes.FindIndex(start, value => value is (byte)',' or (byte)'}' or (byte)']');
            bytes.RemoveRange(start, (end < 0 ? bytes.Count : end) - start);
            bytes.InsertRange(start, Encoding.UTF8.GetBytes(Extremes[random.Next(Extremes.Length)]));
        }
    }

    private static IEnumerable<Format> Formats(string root, SmallInputs inputs)
    {
        string lines = inputs.At("lines.txt");
        foreach (string name in new[] { "config.json", "model.safetensors" })
        {
            yield return Of(name, inputs.Model, name, "inspect");
        }

        yield return Of("head of safetensors", inputs.Model, "model.safetensors", "inspect") with { IsText = true };
        yield return new Format("ids", inputs.At("ids.json"), File.ReadAllBytes(inputs.At("ids.json")),
            ["forward", inputs.Model, "--input", inputs.At("ids.json"), "-o", Path.Combine(root, "logits.safetensors")], true);
        yield return new Format("recipe", inputs.At("recipe.json"), File.ReadAllBytes(inputs.At("recipe.json")),
            ["sweep", inputs.At("recipe.json"), "-o", Path.Combine(root, "sweep"), "--dry-run"], true);
        yield return new Format("json lines", inputs.Text, File.ReadAllBytes(inputs.Text), ["evaluate", inputs.Model, "--perplexity", inputs.Text], true);
        foreach (string folder in new[] { inputs.Model, inputs.Encoder, Slow(inputs.Model, Path.Combine(root, "bpe")), Slow(inputs.Encoder, Path.Combine(root, "wordpiece")) })
        {
            foreach (string file in Directory.GetFiles(folder).Where(file => IsTokenizer(Path.GetFileName(file))))
            {
                yield return new Format(Path.GetFileName(file), file, File.ReadAllBytes(file), ["tokenize", folder, "--input", lines], true);
            }
        }

        string sharded = Copy(inputs.Model, Path.Combine(root, "sharded"));
        File.Move(Path.Combine(sharded, "model.safetensors"), Path.Combine(sharded, "model-00001-of-00001.safetensors"));
        using (var weights = Checkpoint.Open(Path.Combine(sharded, "model-00001-of-00001.safetensors")))
        {
            string map = string.Join(", ", weights.Tensors.Keys.Select(name => $"\"{name}\": \"model-00001-of-00001.safetensors\""));
            File.WriteAllText(Path.Combine(sharded, "model.safetensors.index.json"), $"{{\"metadata\": {{\"total_size\": 1}}, \"weight_map\": {{{map}}}}}");
        }

        yield return Of("index", sharded, "model.safetensors.index.json", "inspect");
        string pickled = Copy(inputs.Model, Path.Combine(root, "pickled"));
        File.Delete(Path.Combine(pickled, "model.safetensors"));
        File.WriteAllBytes(Path.Combine(pickled, "pytorch_model.bin"), Pickle(inputs.Model));
        yield return Of("pickle", pickled, "pytorch_model.bin", "inspect");
        if (Repository() is { } repository && File.Exists(Path.Combine(repository, SentencePiece)))
        {
            string pieces = Path.Combine(root, "pieces");
            Directory.CreateDirectory(pieces);
            File.Copy(Path.Combine(repository, SentencePiece), Path.Combine(pieces, "tokenizer.model"));
            yield return new Format("sentencepiece", Path.Combine(pieces, "tokenizer.model"), File.ReadAllBytes(Path.Combine(pieces, "tokenizer.model")),
                ["tokenize", pieces, "--input", lines], false);
        }
    }

    private static string? Repository([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(path)));

    private static bool IsTokenizer(string name) =>
        name is "tokenizer.json" or "tokenizer_config.json" or "vocab.json" or "merges.txt" or "vocab.txt" or "special_tokens_map.json";

    private static Format Of(string name, string folder, string file, string verb) =>
        new(name, Path.Combine(folder, file), File.ReadAllBytes(Path.Combine(folder, file)), [verb, folder], file.EndsWith(".json", StringComparison.Ordinal));

    /// <summary>The same tokenizer without the file that decides over the others.</summary>
    private static string Slow(string from, string to)
    {
        Copy(from, to);
        File.Delete(Path.Combine(to, "tokenizer.json"));
        return to;
    }

    private static string Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        return to;
    }

    /// <summary>The weights of a model as <c>torch.save</c> writes them.</summary>
    private static byte[] Pickle(string folder)
    {
        using var weights = Checkpoint.Open(folder);
        var tensors = weights.Tensors.Values.ToList();
        byte[] pickle = new PickleBuilder().Dictionary(
        [
            .. tensors.Select((tensor, i) => (Action<PickleBuilder>)(builder => builder.Tensor(
                tensor.Name, "torch.FloatStorage", $"{i}", tensor.ElementCount, 0, [.. tensor.Shape.Select(size => (long)size)], Strides(tensor.Shape)))),
        ]).ToArray();
        return TorchBytes.Zip(pickle, CompressionLevel.NoCompression, [.. tensors.Select((tensor, i) => ($"data/{i}", Bytes(weights, tensor.Name)))]);
    }

    private static long[] Strides(IReadOnlyList<int> shape) =>
        [.. Enumerable.Range(0, shape.Count).Select(axis => shape.Skip(axis + 1).Aggregate(1L, (product, size) => product * size))];

    private static byte[] Bytes(ICheckpoint weights, string name)
    {
        using var stream = new MemoryStream();
        weights.CopyBytes(name, stream);
        return stream.ToArray();
    }

    /// <summary>One kind of file, and the command that reads it.</summary>
    private sealed record Format(string Name, string File, byte[] Good, string[] Line, bool IsText);
}
