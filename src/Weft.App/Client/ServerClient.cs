using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.Model.Documents;
using Weft.Model.Watch;
using Weft.Net;
using Weft.Plan;
using Weft.Plan.Protocol;

namespace Weft.App.Client;

/// <summary>The server's API over its unix socket, for the command line and the lab.</summary>
/// <remarks>What the server refuses is a <see cref="ServerRefusal"/>; a server that does not answer is a
/// <see cref="CommandFailure"/> that says where it was looked for.</remarks>
/// <param name="socketPath">The server's socket.</param>
internal sealed class ServerClient(string socketPath) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = (_, cancelled) => ConnectAsync(socketPath, cancelled),
    })
    {
        BaseAddress = new Uri("http://weft"),
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The server's socket.</summary>
    public string SocketPath => socketPath;

    /// <summary>Whether a server answers.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancelled)
    {
        try
        {
            using HttpResponseMessage response = await _http.GetAsync("/v1/healthz", cancelled);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Creates or changes resources, all or nothing.</summary>
    public async Task<ApplyAnswer> ApplyAsync(IReadOnlyList<DocumentNode> documents, CancellationToken cancelled)
    {
        using ByteArrayContent content = JsonContent(JsonText.Write(new SequenceNode([.. documents])));
        byte[] body = await SendAsync(HttpMethod.Post, "/v1/apply", content, cancelled);
        return Read(body);
    }

    /// <summary>Deletes resources, backwards, all or nothing.</summary>
    public async Task<ApplyAnswer> DeleteAsync(IReadOnlyList<DocumentNode> references, CancellationToken cancelled)
    {
        using ByteArrayContent content = JsonContent(JsonText.Write(new SequenceNode([.. references])));
        byte[] body = await SendAsync(HttpMethod.Post, "/v1/delete", content, cancelled);
        return Read(body);
    }

    /// <summary>One resource or a list, as the server has it.</summary>
    public async Task<DocumentNode> GetAsync(string path, CancellationToken cancelled)
    {
        byte[] body = await SendAsync(HttpMethod.Get, path, null, cancelled);
        return Parse(body);
    }

    /// <summary>The frames of a watch, until the server ends it.</summary>
    public async IAsyncEnumerable<WatchFrame> WatchAsync(
        string path, long revision, [EnumeratorCancellation] CancellationToken cancelled)
    {
        string query = string.Create(CultureInfo.InvariantCulture, $"{path}?watch=true&resourceVersion={revision}");
        using HttpRequestMessage request = new(HttpMethod.Get, query);
        using HttpResponseMessage response = await SendAsync(request, cancelled);
        Stream stream = await response.Content.ReadAsStreamAsync(cancelled);
        using StreamReader reader = new(stream);
        while (await reader.ReadLineAsync(cancelled) is { } line)
        {
            if (WatchFrame.TryParse(Encoding.UTF8.GetBytes(line), out WatchFrame? frame))
            {
                yield return frame;
            }
        }
    }

    /// <summary>What the server knows of the fleet.</summary>
    public async Task<FleetStatus> StatusAsync(CancellationToken cancelled)
    {
        byte[] body = await SendAsync(HttpMethod.Get, "/v1/status", null, cancelled);
        return JsonSerializer.Deserialize(body, PlanJson.Default.FleetStatus) ?? throw Garbled(body);
    }

    /// <summary>How pools, nodes and blocks use addresses.</summary>
    public async Task<IpamStatus> IpamAsync(CancellationToken cancelled)
    {
        byte[] body = await SendAsync(HttpMethod.Get, "/v1/ipam", null, cancelled);
        return JsonSerializer.Deserialize(body, PlanJson.Default.IpamStatus) ?? throw Garbled(body);
    }

    /// <summary>Whose an address is, or why nobody's.</summary>
    public async Task<AddressInfo> AddressAsync(IpAddress address, CancellationToken cancelled)
    {
        byte[] body = await SendAsync(HttpMethod.Get, $"/v1/ipam/addresses/{address}", null, cancelled);
        return JsonSerializer.Deserialize(body, PlanJson.Default.AddressInfo) ?? throw Garbled(body);
    }

    /// <summary>Store, journals and kernels compared.</summary>
    public async Task<IpamCheck> IpamCheckAsync(CancellationToken cancelled)
    {
        byte[] body = await SendAsync(HttpMethod.Get, "/v1/ipam/check", null, cancelled);
        return JsonSerializer.Deserialize(body, PlanJson.Default.IpamCheck) ?? throw Garbled(body);
    }

    /// <summary>Frees an address that nobody uses; one in use is refused.</summary>
    public async Task<ReleaseAnswer> ReleaseAsync(IpAddress address, bool wait, CancellationToken cancelled)
    {
        using ByteArrayContent content = JsonContent(
            JsonSerializer.SerializeToUtf8Bytes(new ReleaseRequest(address), PlanJson.Default.ReleaseRequest));
        byte[] body = await SendAsync(HttpMethod.Post, wait ? "/v1/ipam/release?wait=true" : "/v1/ipam/release", content, cancelled);
        return JsonSerializer.Deserialize(body, PlanJson.Default.ReleaseAnswer) ?? throw Garbled(body);
    }

    /// <summary>Waits until every connected node has the revision in its kernel; fails with what lags.</summary>
    public async Task WaitAsync(long revision, TimeSpan limit, CancellationToken cancelled)
    {
        string path = string.Create(
            CultureInfo.InvariantCulture,
            $"/v1/wait?revision={revision}&timeoutSeconds={Math.Ceiling(limit.TotalSeconds)}");
        await SendAsync(HttpMethod.Get, path, null, cancelled);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancelled)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancelled);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ByteArrayContent JsonContent(byte[] json)
    {
        ByteArrayContent content = new(json);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private async Task<byte[]> SendAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancelled)
    {
        using HttpRequestMessage request = new(method, path) { Content = content };
        using HttpResponseMessage response = await SendAsync(request, cancelled);
        return await response.Content.ReadAsByteArrayAsync(cancelled);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancelled)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancelled);
        }
        catch (HttpRequestException failure)
        {
            if (failure.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied })
            {
                throw new CommandFailure($"'{socketPath}': permission denied: try sudo");
            }

            string reason = File.Exists(socketPath)
                ? failure.InnerException?.Message ?? failure.Message
                : "there is no such socket";
            throw new CommandFailure(
                $"no server answers at '{socketPath}': {reason}; name one with --server PATH or --lab NAME");
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancelled);
            throw new ServerRefusal(response.StatusCode, ReadError(body, response.StatusCode));
        }
    }

    private static ServerError ReadError(byte[] body, HttpStatusCode code)
    {
        try
        {
            if (JsonSerializer.Deserialize(body, PlanJson.Default.ServerError) is { } error)
            {
                return error with { Problems = error.Problems ?? [] };
            }
        }
        catch (JsonException)
        {
            // Not our server's own words: said below.
        }

        return new ServerError($"the server answered {(int)code} without saying why", []);
    }

    private static ApplyAnswer Read(byte[] body) =>
        JsonSerializer.Deserialize(body, PlanJson.Default.ApplyAnswer) ?? throw Garbled(body);

    private static DocumentNode Parse(byte[] body)
    {
        List<Diagnostic> errors = [];
        return JsonText.ParseOne(body, null, errors) ?? throw Garbled(body);
    }

    private static CommandFailure Garbled(byte[] body) =>
        new($"the server's answer of {body.Length} bytes is not what this version of weft understands");
}
