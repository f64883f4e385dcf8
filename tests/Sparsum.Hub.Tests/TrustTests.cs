using System.Net;
using System.Text;
using Sparsum.Core;
using Sparsum.Testing;

namespace Sparsum.Hub.Tests;

/// <summary>Secrets go to the hub alone, and nothing that a server says leads out of the cache.</summary>
public sealed class TrustTests : HubFixture
{
    [Fact]
    public async Task The_token_goes_to_the_hub_and_not_to_where_it_sends_on()
    {
        using var store = new TestHub();
        store.Intercept = request => TestHub.Content(request, Weights, Commit, "abc");
        string hash = TestHub.HashOf("x.bin", Weights);
        Hub.Intercept = request => request.Path.EndsWith("model.safetensors", StringComparison.Ordinal)
            ? new HubAnswer(302, [])
            {
                ["Location"] = $"{store.Address}/elsewhere?signature=xyz",
                ["X-Linked-Etag"] = $"\"{hash}\"",
                ["X-Linked-Size"] = $"{Weights.Length}",
                ["X-Repo-Commit"] = Commit,
                ["ETag"] = "\"of the redirection\"",
            }
            : null;

        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine((await Pull()).Path, "model.safetensors")));
        Assert.All(Hub.Requests, request => Assert.Equal($"Bearer {Token}", request.Headers["Authorization"]));
        Assert.Single(store.Requests);
        Assert.All(store.Requests, request => Assert.False(request.Headers.ContainsKey("Authorization")));
        Assert.All(Hub.Requests.Concat(store.Requests), request => Assert.StartsWith("sparsum/", request.Headers["User-Agent"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_repository_that_was_renamed_is_followed()
    {
        Hub.Intercept = request => request.Path.Contains("/old/", StringComparison.Ordinal) || request.Path.StartsWith("/old/", StringComparison.Ordinal)
            ? new HubAnswer(307, []) { ["Location"] = request.Path.Replace("old/", "owner/", StringComparison.Ordinal) }
            : null;

        Assert.Equal(Commit, (await Pull(reference: HubReference.Parse("old/name"))).Commit);
        Assert.All(Hub.Requests, request => Assert.True(request.Headers.ContainsKey("Authorization")));
    }

    [Fact]
    public async Task What_a_file_is_may_be_said_before_the_last_answer()
    {
        byte[] readme = Files["README.md"];
        Hub.Intercept = request => request.Path.EndsWith("README.md", StringComparison.Ordinal) && request.Path.Contains("/resolve/", StringComparison.Ordinal)
            ? new HubAnswer(307, [])
            {
                ["Location"] = "/resolve-cache/README.md",
                ["X-Linked-Etag"] = $"\"{TestHub.HashOf("README.md", readme)}\"",
                ["X-Linked-Size"] = $"{readme.Length}",
                ["X-Repo-Commit"] = Commit,
            }
            : request.Path == "/resolve-cache/README.md" ? new HubAnswer(200, readme) { ["ETag"] = "\"of the cache\"" } : null;

        Assert.Equal(readme, File.ReadAllBytes(Path.Combine((await Pull()).Path, "README.md")));
    }

    [Fact]
    public async Task Redirections_in_a_circle_end()
    {
        Hub.Intercept = request => new HubAnswer(302, []) { ["Location"] = request.Path };
        await Fails<InvalidInputException>("bad-redirect");
    }

    [Theory]
    [InlineData("http://elsewhere.example/file")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:password@elsewhere.example/file")]
    public async Task From_TLS_nothing_leads_to_less(string location)
    {
        using var session = new HubSession(Options with { Endpoint = new Uri("https://hub.example") }, new Answers(() =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.Found);
            response.Headers.Location = new Uri(location);
            return response;
        }));
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => session.PullAsync(Model));
        Assert.Equal("bad-redirect", error.Code);
    }

    [Theory]
    [InlineData("../../../escape.json")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../b")]
    [InlineData("a\\b")]
    [InlineData("C:x")]
    [InlineData("a//b")]
    [InlineData("")]
    public async Task A_path_that_leads_out_of_the_folder_is_refused(string name)
    {
        string path = name.Replace("\\", "\\\\", StringComparison.Ordinal);
        Hub.Intercept = _ => new HubAnswer(200, Encoding.UTF8.GetBytes($$"""{"sha": "{{Commit}}", "siblings": [{"rfilename": "config.json"}, {"rfilename": "{{path}}"}]}"""));
        await Fails<InvalidInputException>("malformed-hub-answer");
    }

    [Theory]
    [InlineData("""{"sha": "../../x", "siblings": []}""")]
    [InlineData("""{"siblings": []}""")]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("""{"sha": "0123456789012345678901234567890123456789", "sha": "1"}""")]
    public async Task An_answer_that_is_none_is_refused(string json)
    {
        Hub.Intercept = _ => new HubAnswer(200, Encoding.UTF8.GetBytes(json));
        await Fails<InvalidInputException>("malformed-hub-answer");
    }

    [Fact]
    public void Options_do_not_show_the_token()
    {
        Assert.DoesNotContain(Token, $"{Options}", StringComparison.Ordinal);
        Assert.Contains(Cache, $"{Options}", StringComparison.Ordinal);
    }

    private sealed class Answers(Func<HttpResponseMessage> create) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(create());
    }
}
