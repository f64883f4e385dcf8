using System.Text;
using Sparsum.Core;
using Sparsum.Testing;

namespace Sparsum.Hub.Tests;

/// <summary>A hub, a cache, and a model on the hub.</summary>
public abstract class HubFixture : IDisposable
{
    protected const string Token = "hf_VerySecretToken123";

    protected static readonly byte[] Weights = Bytes(300_000, 1);

    protected static readonly HubReference Model = HubReference.Parse("owner/name");

    private readonly TemporaryFolder folder = new();

    protected HubFixture()
    {
        Files = new Dictionary<string, byte[]>
        {
            ["config.json"] = Encoding.UTF8.GetBytes("""{"model_type": "llama"}"""),
            ["tokenizer.json"] = "{}"u8.ToArray(),
            ["README.md"] = "hello\n"u8.ToArray(),
            ["model.safetensors"] = Weights,
        };
        Commit = Hub.Add("models/owner/name", Files);
    }

    protected TestHub Hub { get; } = new();

    protected Dictionary<string, byte[]> Files { get; }

    protected string Commit { get; }

    protected string Cache => folder["cache"];

    protected HubOptions Options => new()
    {
        Endpoint = Hub.Address,
        Cache = Cache,
        Token = Token,
        Pause = TimeSpan.FromMilliseconds(1),
        Patience = TimeSpan.FromSeconds(20),
    };

    protected string Under(params string[] parts) => Path.Combine([Cache, "models--owner--name", .. parts]);

    public void Dispose()
    {
        Hub.Dispose();
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    protected async Task<HubSnapshot> Pull(HubOptions? options = null, HubReference? reference = null)
    {
        using var session = new HubSession(options ?? Options);
        return await session.PullAsync(reference ?? Model);
    }

    protected async Task<HubSnapshot> Open(HubOptions? options = null, HubReference? reference = null)
    {
        using var session = new HubSession(options ?? Options);
        return await session.OpenAsync(reference ?? Model);
    }

    protected async Task<T> Fails<T>(string code, HubOptions? options = null, HubReference? reference = null)
        where T : SparsumException
    {
        var error = await Assert.ThrowsAsync<T>(() => Pull(options, reference));
        Assert.Equal(code, error.Code);
        Assert.NotNull(error.Hint);
        Assert.DoesNotContain(Token, $"{error} {error.Found} {error.Expected} {error.Hint}", StringComparison.Ordinal);
        return error;
    }
}
