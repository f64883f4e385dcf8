using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sparsum.Testing;

/// <summary>
/// A real browser without a window, driven by its own protocol (DevTools), which takes a web socket and nothing else. Every wait is bounded, and the
/// process and its profile are gone when it is disposed of.
/// </summary>
public sealed class Chromium : IAsyncDisposable
{
    /// <summary>Where Debian and its relatives install it.</summary>
    public const string ExecutablePath = "/usr/bin/chromium";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static readonly string[] Flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb", "--remote-debugging-port=0", "about:blank",
    ];

    private readonly Process process;
    private readonly string profile;
    private readonly ClientWebSocket socket = new();
    private readonly CancellationTokenSource limit = new();
    private string? session;
    private int lastId;

    private Chromium(Process process, string profile) => (this.process, this.profile) = (process, profile);

    /// <summary>Why there is none; null where there is.</summary>
    public static string? WhyMissing => File.Exists(ExecutablePath) ? null : $"There is no {ExecutablePath}.";

    /// <summary>Starts it with an empty page.</summary>
    public static async Task<Chromium> StartAsync()
    {
        string profile = Directory.CreateTempSubdirectory("sparsum-chromium-").FullName;
        var start = new ProcessStartInfo(ExecutablePath) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string flag in Flags.Prepend($"--user-data-dir={profile}"))
        {
            start.ArgumentList.Add(flag);
        }

        var browser = new Chromium(Process.Start(start)!, profile);
        try
        {
            browser.limit.CancelAfter(Limit);
            await browser.ConnectAsync();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">Width of the window in CSS pixels.</param>
    /// <param name="height">Its height.</param>
    /// <param name="scheme"><c>light</c> or <c>dark</c>.</param>
    public async Task OpenAsync(string path, int width, int height, string scheme)
    {
        await SendAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 700 });
        await SendAsync("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }) });
        await SendAsync("Page.navigate", new JsonObject { ["url"] = new Uri(Path.GetFullPath(path)).AbsoluteUri });
        while (await EvaluateAsync("document.readyState === 'complete' && location.protocol === 'file:'") is not { ValueKind: JsonValueKind.True })
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>The value of an expression within the page.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        var reply = await SendAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return reply.TryGetProperty("exceptionDetails", out var failure)
            ? throw new InvalidOperationException($"The page answers {failure}.")
            : reply.GetProperty("result").TryGetProperty("value", out var value) ? value : default;
    }

    /// <summary>A picture (PNG) of a stretch of the page.</summary>
    public async Task<byte[]> ScreenshotAsync(int width, int height, int top = 0)
    {
        var clip = new JsonObject { ["x"] = 0, ["y"] = top, ["width"] = width, ["height"] = height, ["scale"] = 1 };
        var reply = await SendAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = true, ["clip"] = clip });
        return reply.GetProperty("data").GetBytesFromBase64();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        limit.Dispose();
        process.Kill(entireProcessTree: true);
        process.WaitForExit(Limit);
        process.Dispose();

        // Its children may still be letting go of the profile.
        for (int attempt = 0; attempt < 50 && Directory.Exists(profile); attempt++)
        {
            try
            {
                Directory.Delete(profile, recursive: true);
            }
            catch (IOException)
            {
                await Task.Delay(100);
            }
        }
    }

    /// <summary>The browser says on standard error where it listens.</summary>
    private async Task ConnectAsync()
    {
        const string Announcement = "DevTools listening on ";
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        string? line;
        do
        {
            line = await process.StandardError.ReadLineAsync(limit.Token)
                ?? throw new InvalidOperationException($"{ExecutablePath} ended with {(process.WaitForExit(1000) ? process.ExitCode : "no code")}.");
        }
        while (!line.StartsWith(Announcement, StringComparison.Ordinal));
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await socket.ConnectAsync(new Uri(line[Announcement.Length..].Trim()), limit.Token);
        var target = await SendAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        var attached = await SendAsync("Target.attachToTarget", new JsonObject { ["targetId"] = target.GetProperty("targetId").GetString(), ["flatten"] = true });
        session = attached.GetProperty("sessionId").GetString();
    }

    /// <summary>Sends a command and waits for its reply; events in between are passed over.</summary>
    private async Task<JsonElement> SendAsync(string method, JsonObject parameters)
    {
        limit.CancelAfter(Limit);
        int id = ++lastId;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null)
        {
            message["sessionId"] = session;
        }

        await socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        while (true)
        {
            var reply = await ReceiveAsync();
            if (reply.TryGetProperty("id", out var number) && number.GetInt32() == id)
            {
                return reply.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException($"{method} fails: {reply}");
            }
        }
    }

    private async Task<JsonElement> ReceiveAsync()
    {
        var received = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, limit.Token);
            received.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonDocument.Parse(received.ToArray()).RootElement;
    }
}
