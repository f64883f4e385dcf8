using System.Globalization;
using Sparsum.RandomModel;

// Usage: Sparsum.RandomModel FOLDER [name=value ...]; the values default to a LLaMA 7B with 8 blocks.
if (args.Length == 0)
{
    Console.Error.WriteLine("Sparsum.RandomModel FOLDER [blocks=8] [hidden=4096] [intermediate=11008] [heads=32] [experts=0] [vocabulary=32000] [samples=8] [tokens=256] [seed=0] [shardMegabytes=5000]");
    return 2;
}

var values = args.Skip(1).Select(argument => argument.Split('=')).ToDictionary(pair => pair[0], pair => int.Parse(pair[^1], CultureInfo.InvariantCulture));
int Value(string name, int fallback) => values.Remove(name, out int value) ? value : fallback;

var model = new RandomLlama
{
    Blocks = Value("blocks", 8),
    Hidden = Value("hidden", 4096),
    Intermediate = Value("intermediate", 11008),
    Heads = Value("heads", 32),
    Experts = Value("experts", 0),
    Vocabulary = Value("vocabulary", 32000),
    Seed = Value("seed", 0),
    ShardBytes = Value("shardMegabytes", 5000) * 1_000_000L,
};
int samples = Value("samples", 8);
int tokens = Value("tokens", 256);
if (values.Count > 0)
{
    Console.Error.WriteLine($"Unknown: {string.Join(", ", values.Keys)}");
    return 2;
}

model.Write(args[0], Console.Error.WriteLine);
model.WriteIds(Path.Combine(args[0], "calibration.ids.safetensors"), samples, tokens);
return 0;
