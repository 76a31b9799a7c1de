using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Weft.Plan;
using Weft.Server;
using Xunit;

namespace Weft.Tests.Server;

/// <summary>A real server on a real unix socket, in a folder of its own.</summary>
internal sealed class ServerFixture : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("weft-t-server-");
    private WeftServer? _server;

    private ServerFixture(int historyLimit, TimeProvider? time) => Options = new ServerOptions
    {
        StateDirectory = Path.Combine(_folder.FullName, "state"),
        SocketPath = Path.Combine(_folder.FullName, "api.sock"),
        Log = line => Lines.Add(line),
        HistoryLimit = historyLimit,
        Heartbeat = TimeSpan.FromMilliseconds(200),
        Time = time ?? TimeProvider.System,
    };

    public ServerOptions Options { get; }

    public List<string> Lines { get; } = [];

    public HttpClient Client { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<ServerFixture> StartAsync(int historyLimit = 10_000, TimeProvider? time = null)
    {
        ServerFixture fixture = new(historyLimit, time);
        await fixture.StartServerAsync();
        return fixture;
    }

    public async Task RestartAsync()
    {
        await StopServerAsync();
        await StartServerAsync();
    }

    /// <summary>Copies the store, as a backup does; answers the copy.</summary>
    public async Task<string> CopyAsync()
    {
        string copy = Path.Combine(_folder.FullName, "copy");
        await StopServerAsync();
        Directory.CreateDirectory(copy);
        foreach (FileInfo file in new DirectoryInfo(Options.StateDirectory).GetFiles())
        {
            file.CopyTo(Path.Combine(copy, file.Name));
        }

        await StartServerAsync();
        return copy;
    }

    /// <summary>Goes on with an older copy of the store.</summary>
    public async Task RestoreAsync(string copy)
    {
        await StopServerAsync();
        Directory.Delete(Options.StateDirectory, recursive: true);
        Directory.Move(copy, Options.StateDirectory);
        await StartServerAsync();
    }

    public async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(string method, string path, string? body = null)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Client.SendAsync(request, Cancellation);
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        return (response.StatusCode, JsonNode.Parse(text)!);
    }

    /// <summary>Sends what must succeed.</summary>
    public async Task<JsonNode> DoAsync(string method, string path, string? body = null)
    {
        (HttpStatusCode status, JsonNode answer) = await SendAsync(method, path, body);
        Assert.True(status == HttpStatusCode.OK, $"{method} {path}: {(int)status} {answer.ToJsonString()}");
        return answer;
    }

    public Task<JsonNode> ApplyAsync(params string[] documents) =>
        DoAsync("POST", "/v1/apply", $"[{string.Join(',', documents)}]");

    public async Task<LineReader> OpenAsync(string path)
    {
        HttpResponseMessage response =
            await Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        return new LineReader(response, new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation)));
    }

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        _folder.Delete(recursive: true);
    }

    private async Task StartServerAsync()
    {
        _server = await WeftServer.StartAsync(Options, Cancellation);
        Client = new HttpClient(new SocketsHttpHandler
        {
            // A stream that is closed must be closed at once, not read to its end.
            ResponseDrainTimeout = TimeSpan.Zero,
            ConnectCallback = async (_, cancellation) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Options.SocketPath), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        {
            BaseAddress = new Uri("http://weft/"),
            Timeout = TimeSpan.FromSeconds(20),
        };
    }

    private async Task StopServerAsync()
    {
        Client.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}

/// <summary>Reads a stream of lines.</summary>
internal sealed class LineReader(HttpResponseMessage response, StreamReader reader) : IDisposable
{
    public async Task<string> NextAsync()
    {
        using CancellationTokenSource limit =
            CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        return await reader.ReadLineAsync(limit.Token) ?? throw new EndOfStreamException();
    }

    public async Task<JsonNode> NextEventAsync()
    {
        JsonNode line;
        do
        {
            line = JsonNode.Parse(await NextAsync())!;
        }
        while ((string?)line["type"] == "BOOKMARK");
        return line;
    }

    public async Task<PlanFrame> NextFrameAsync()
    {
        string line;
        do
        {
            line = await NextAsync();
        }
        while (line.Length == 0);
        Assert.True(PlanFrame.TryRead(Encoding.UTF8.GetBytes(line), out PlanFrame? frame, out string error), error);
        return frame;
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }
}

/// <summary>Documents as an administrator sends them.</summary>
internal static class Document
{
    public static string Pool(string name, string cidr, string mode = "Never", string more = "") =>
        $$$"""{"apiVersion":"projectcalico.org/v3","kind":"IPPool","metadata":{"name":"{{{name}}}"},"spec":{"cidr":"{{{cidr}}}","vxlanMode":"{{{mode}}}"{{{more}}}}}""";

    public static string Node(string name, string address, string labels = "{}") =>
        $$$$"""{"apiVersion":"projectcalico.org/v3","kind":"Node","metadata":{"name":"{{{{name}}}}","labels":{{{{labels}}}}},"spec":{"bgp":{"ipv4Address":"{{{{address}}}}"}}}""";

    public static string Endpoint(string name, string node, string space = "shop") =>
        $$$"""{"apiVersion":"projectcalico.org/v3","kind":"WorkloadEndpoint","metadata":{"name":"{{{name}}}","namespace":"{{{space}}}"},"spec":{"node":"{{{node}}}"}}""";

    public static string Namespace(string name) =>
        $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{name}}}"}}""";

    public static string Reference(string kind, string name, string space = "") =>
        $$"""{"apiVersion":"{{(kind == "Namespace" ? "v1" : "projectcalico.org/v3")}}","kind":"{{kind}}","namespace":"{{space}}","name":"{{name}}"}""";

    public static string Present(string workload, string address, string space = "shop") =>
        $$"""{"namespace":"{{space}}","workload":"{{workload}}","interface":"eth0","present":true,"containerId":"c1","addresses":["{{address}}"],"mac":"02:00:00:00:00:01","hostInterface":"weft0123"}""";

    public static string Absent(string workload, string space = "shop") =>
        $$"""{"namespace":"{{space}}","workload":"{{workload}}","interface":"eth0","present":false}""";
}
