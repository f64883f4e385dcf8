using System.IO.Compression;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Tests.Checkpoints;

namespace Sparsum.Stress;

/// <summary>The files that a user gives: models and tokenizers in every container, texts, ids, tasks, recipes.</summary>
/// <param name="root">Where more of them are written.</param>
/// <param name="inputs">Small models and texts.</param>
internal sealed class MutatedFiles(string root, SmallInputs inputs)
{
    private const string SentencePiece = "tests/oracle/tokenizers/llama_bpe/tokenizer.model";

    /// <summary>All of them.</summary>
    public IEnumerable<MutatedFormat> All() => [.. Models(), .. Tokenizers(), .. Texts(), .. Tasks(), .. Others()];

    private IEnumerable<MutatedFormat> Models()
    {
        string model = inputs.Model;
        yield return Inspected(model, "config.json");
        yield return Inspected(model, "model.safetensors");
        yield return Inspected(model, "model.safetensors") with { Name = "head of safetensors", IsText = true };
        string sharded = MutatedFormat.Copy(model, Path.Combine(root, "sharded"));
        const string Shard = "model-00001-of-00001.safetensors";
        File.Move(Path.Combine(sharded, "model.safetensors"), Path.Combine(sharded, Shard));
        using (var weights = Checkpoint.Open(Path.Combine(sharded, Shard)))
        {
            string map = string.Join(", ", weights.Tensors.Keys.Select(name => $"\"{name}\": \"{Shard}\""));
            File.WriteAllText(Path.Combine(sharded, "model.safetensors.index.json"), $"{{\"metadata\": {{\"total_size\": 1}}, \"weight_map\": {{{map}}}}}");
        }

        yield return Inspected(sharded, "model.safetensors.index.json") with { Name = "index" };
        foreach (var (name, bytes) in new[] { ("pickle", Pickle(Torch.Zip)), ("legacy pickle", Pickle(Torch.Legacy)) })
        {
            string pickled = MutatedFormat.Copy(model, Path.Combine(root, name));
            File.Delete(Path.Combine(pickled, "model.safetensors"));
            File.WriteAllBytes(Path.Combine(pickled, "pytorch_model.bin"), bytes);
            yield return Inspected(pickled, "pytorch_model.bin") with { Name = name };
        }

        string gguf = Path.Combine(root, "model.gguf");
        SmallInputs.Require("convert", model, "-o", gguf, "--to", "gguf", "--dtype", "q8_0");
        yield return MutatedFormat.Of("gguf", gguf, "inspect", gguf);
        yield return MutatedFormat.Of("gguf tokenizer", gguf, "tokenize", gguf, "--input", Lines);
        string compact = Path.Combine(root, "compact");
        SmallInputs.Require("compact", inputs.Pruned, "-o", compact);
        yield return Inspected(compact, "config.json") with { Name = "config of a compact folder" };
        yield return Inspected(compact, "weights.sparsum");
        string generation = Path.Combine(root, "generation.json");
        File.WriteAllText(generation, """{"max_new_tokens": 3, "num_beams": 2, "length_penalty": 0.5, "early_stopping": true, "no_repeat_ngram_size": 2, "bad_words_ids": [[3, 4]], "suppress_tokens": [7]}""");
        yield return MutatedFormat.Of("generation config", generation, "generate", model, "--prompt", "a", "--generation-config", generation);
    }

    private IEnumerable<MutatedFormat> Tokenizers()
    {
        foreach (string folder in new[] { inputs.Model, inputs.Encoder, Slow(inputs.Model, "bpe"), Slow(inputs.Encoder, "wordpiece") })
        {
            foreach (string file in Directory.GetFiles(folder).Where(file => IsTokenizer(Path.GetFileName(file))))
            {
                yield return MutatedFormat.Of(Path.GetFileName(file), file, "tokenize", folder, "--input", Lines) with { IsText = true };
            }
        }

        string chat = MutatedFormat.Copy(inputs.Model, Path.Combine(root, "chat"));
        string template = Path.Combine(chat, "chat_template.jinja");
        File.WriteAllText(template, "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}");
        yield return MutatedFormat.Of("chat template", template, "generate", chat, "--prompt", "a", "--chat", "--max-new-tokens", "1") with { IsText = true };
        if (Repository() is { } repository && File.Exists(Path.Combine(repository, SentencePiece)))
        {
            string pieces = Directory.CreateDirectory(Path.Combine(root, "pieces")).FullName;
            string file = Path.Combine(pieces, "tokenizer.model");
            File.Copy(Path.Combine(repository, SentencePiece), file);
            yield return MutatedFormat.Of("sentencepiece", file, "tokenize", pieces, "--input", Lines);
        }
    }

    private IEnumerable<MutatedFormat> Texts()
    {
        yield return MutatedFormat.Of("json lines", inputs.Text, "evaluate", inputs.Model, "--perplexity", inputs.Text);
        string zipped = Path.Combine(root, "text.json.gz");
        using (var gzip = new GZipStream(File.Create(zipped), CompressionLevel.Optimal))
        {
            gzip.Write(File.ReadAllBytes(inputs.Text));
        }

        yield return MutatedFormat.Of("gzip", zipped, "evaluate", inputs.Model, "--perplexity", zipped);
        string parquet = Path.Combine(root, "text.parquet");
        WriteParquet(parquet).GetAwaiter().GetResult();
        yield return MutatedFormat.Of("parquet", parquet, "evaluate", inputs.Model, "--perplexity", parquet);
        yield return MutatedFormat.Of("foot of parquet", parquet, "evaluate", inputs.Model, "--perplexity", parquet) with
        {
            First = (int)new FileInfo(parquet).Length - 8 - BitConverter.ToInt32(File.ReadAllBytes(parquet), (int)new FileInfo(parquet).Length - 8),
        };
        string[] forward = ["forward", inputs.Model, "-o", Path.Combine(root, "logits.safetensors"), "--input"];
        yield return MutatedFormat.Of("ids", inputs.At("ids.json"), [.. forward, inputs.At("ids.json")]);
        string ids = Path.Combine(root, "ids.safetensors");
        using (var writer = SafetensorsWriter.Create(ids, new SafetensorsLayout([new TensorInfo("input_ids", TensorDataType.I64, [2, 3])])))
        {
            writer.WriteIntegers("input_ids", [1, 2, 3, 4, 5, 6]);
            writer.Complete();
        }

        yield return MutatedFormat.Of("ids in safetensors", ids, [.. forward, ids]);
        yield return MutatedFormat.Of("calibration ids", ids, "evaluate", inputs.Model, "--perplexity", ids);
        yield return MutatedFormat.Of("lines", Lines, "generate", inputs.Model, "--input", Lines, "--max-new-tokens", "1");
    }

    private IEnumerable<MutatedFormat> Tasks()
    {
        string classifier = Path.Combine(root, "classifier");
        SmallInputs.Require(
            "train", inputs.Encoder, "-o", classifier, "--task", "sst2", "--data", inputs.At("sst2"), "--epochs", "1", "--max-examples", "8", "--batch-size", "8");
        yield return MutatedFormat.Of(
            "glue", inputs.At("sst2/dev.tsv"), "evaluate", classifier, "--task", "sst2", "--data", inputs.At("sst2"));
        string task = inputs.At("sst2/task.json");
        File.WriteAllText(task, """{"name": "sst2", "text": 0, "label": 1, "labels": ["negative", "positive"], "metrics": ["accuracy"]}""");
        File.WriteAllText(inputs.At("sst2/task.json"), """{"name": "sst2", "text": 0, "label": 1, "header": true, "labels": ["0", "1"], "metrics": ["accuracy", "f1"]}""");
        yield return MutatedFormat.Of("task", task, "train", inputs.Encoder, "-o", Path.Combine(root, "of-task"), "--task", task, "--max-examples", "2", "--epochs", "1") with
        {
            Reset = () => MutatedFormat.Delete(Path.Combine(root, "of-task")),
        };
        Directory.CreateDirectory(Path.Combine(root, "boolq"));
        string boolq = Path.Combine(root, "boolq", "dev.jsonl");
        File.WriteAllLines(boolq, Enumerable.Range(0, 3).Select(i => new JsonObject { ["question"] = $"is {i} a number", ["passage"] = "Numbers count.", ["answer"] = i == 1 }.ToJsonString()));
        yield return MutatedFormat.Of("zero-shot", boolq, "evaluate", inputs.Model, "--zero-shot", "boolq", "--data", root);
        string arc = Path.Combine(Directory.CreateDirectory(Path.Combine(root, "arc_easy")).FullName, "test-00000-of-00001.parquet");
        WriteQuestions(arc).GetAwaiter().GetResult();
        yield return MutatedFormat.Of("zero-shot in parquet", arc, "evaluate", inputs.Model, "--zero-shot", "arc_easy", "--data", root);
        foreach (string metric in new[] { "bleu", "pearson" })
        {
            string hypotheses = Path.Combine(root, metric + ".txt");
            File.WriteAllLines(hypotheses, ["1.5", "2", "-3"]);
            string references = Path.Combine(root, metric + "-references.txt");
            File.Copy(hypotheses, references);
            yield return MutatedFormat.Of($"hypotheses of {metric}", hypotheses, "score", "--metric", metric, "--hypotheses", hypotheses, "--references", references);
        }
    }

    private IEnumerable<MutatedFormat> Others()
    {
        yield return MutatedFormat.Of("recipe", inputs.At("recipe.json"), "sweep", inputs.At("recipe.json"), "-o", Path.Combine(root, "sweep"), "--dry-run");
        string references = Directory.CreateDirectory(Path.Combine(root, "sdk", "packs", "A.Ref", "10.0.0", "ref", "net10.0")).FullName;
        string xml = Path.Combine(references, "A.xml");
        File.WriteAllText(xml, "<?xml version=\"1.0\"?><doc><assembly><name>A</name></assembly><members>"
            + string.Concat(Enumerable.Range(0, 160).Select(i => $"<member name=\"M:Root.N{i % 10}.T{i}.Do(System.Int32)\"><summary>Does number {i} with <see cref=\"T:N.X\"/> and <paramref name=\"a\"/>.</summary><returns>The number {i}.</returns></member>"))
            + "</members></doc>");
        string corpus = Path.Combine(root, "corpus");
        yield return MutatedFormat.Of("sdk documentation", xml, "corpus", "-o", corpus, "--sdk", Path.Combine(root, "sdk")) with { Reset = () => MutatedFormat.Delete(corpus) };
        string config = Path.Combine(root, "fresh.json");
        File.Copy(inputs.LlamaConfig, config);
        string pretrained = Path.Combine(root, "pretrained");
        yield return MutatedFormat.Of(
            "config to pretrain", config, "pretrain", config, "-o", pretrained, "--data", inputs.Text, "--train-tokenizer", "bpe", "--vocabulary-size", "280", "--steps", "1",
            "--batch-size", "2", "--sequence-length", "8") with
        {
            Reset = () => MutatedFormat.Delete(pretrained),
        };
    }

    private string Lines => inputs.At("lines.txt");

    private static MutatedFormat Inspected(string folder, string file) => MutatedFormat.Of(file, Path.Combine(folder, file), "inspect", folder);

    private static bool IsTokenizer(string name) =>
        name is "tokenizer.json" or "tokenizer_config.json" or "vocab.json" or "merges.txt" or "vocab.txt" or "special_tokens_map.json";

    /// <summary>The same tokenizer without the file that decides over the others.</summary>
    private string Slow(string from, string name)
    {
        string to = MutatedFormat.Copy(from, Path.Combine(root, name));
        File.Delete(Path.Combine(to, "tokenizer.json"));
        return to;
    }

    private static string? Repository([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(path)));

    private async Task WriteParquet(string path)
    {
        var schema = new ParquetSchema(new DataField<long>("id"), new DataField<string>("text"));
        string[] texts = [.. File.ReadLines(inputs.Text).Take(24).Select(line => (string)JsonNode.Parse(line)!["text"]!)];
        using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(schema, stream);
        foreach (string[] group in texts.Chunk(12))
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync<long>(schema.GetDataFields()[0], Enumerable.Range(0, group.Length).Select(i => (long)i).ToArray().AsMemory());
            await rows.WriteAsync(schema.GetDataFields()[1], group);
        }
    }

    /// <summary>Questions as the hub has them: structures of lists.</summary>
    private static async Task WriteQuestions(string path)
    {
        var list = (string name) => new ListField(name, new DataField<string>("element"));
        var schema = new ParquetSchema(
            new DataField<string>("question"), new StructField("choices", list("text"), list("label")), new DataField<string>("answerKey"));
        var fields = schema.GetDataFields();
        using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(schema, stream);
        using var rows = writer.CreateRowGroup();
        await rows.WriteAsync(fields[0], ["what is one", "what is two", "what is three"]);
        foreach (var (field, values) in new[] { (fields[1], new[] { "a", "b" }), (fields[2], ["A", "B"]) })
        {
            int[] starts = [0, 1, 0, 1, 0, 1];
            await rows.WriteAsync(field, [.. values, .. values, .. values], starts.AsMemory());
        }

        await rows.WriteAsync(fields[3], ["A", "B", "A"]);
    }

    /// <summary>The weights of a model as <c>torch.save</c> writes them.</summary>
    private byte[] Pickle(Torch form)
    {
        using var weights = Checkpoint.Open(inputs.Model);
        var tensors = weights.Tensors.Values.ToList();
        byte[] pickle = new PickleBuilder().Dictionary(
        [
            .. tensors.Select((tensor, i) => (Action<PickleBuilder>)(builder => builder.Tensor(
                tensor.Name, "torch.FloatStorage", $"{i}", tensor.ElementCount, 0, [.. tensor.Shape.Select(size => (long)size)], Strides(tensor.Shape)))),
        ]).ToArray();
        return form == Torch.Zip
            ? TorchBytes.Zip(pickle, CompressionLevel.NoCompression, [.. tensors.Select((tensor, i) => ($"data/{i}", Bytes(weights, tensor.Name)))])
            : TorchBytes.Legacy(pickle, true, [.. tensors.Select((tensor, i) => ($"{i}", tensor.ElementCount, Bytes(weights, tensor.Name)))]);
    }

    private static long[] Strides(IReadOnlyList<int> shape) =>
        [.. Enumerable.Range(0, shape.Count).Select(axis => shape.Skip(axis + 1).Aggregate(1L, (product, size) => product * size))];

    private static byte[] Bytes(ICheckpoint weights, string name)
    {
        using var stream = new MemoryStream();
        weights.CopyBytes(name, stream);
        return stream.ToArray();
    }

    private enum Torch
    {
        Zip,
        Legacy,
    }
}
