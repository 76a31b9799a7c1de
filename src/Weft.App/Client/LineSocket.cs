using System;
using System.IO;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Tasks;

namespace Weft.App.Client;

/// <summary>One question and one answer over a unix socket, each a line of JSON: how agents and the lab's own
/// daemons are talked to.</summary>
internal static class LineSocket
{
    /// <summary>The longest line either side accepts, in bytes.</summary>
    public const int LineLimit = 1024 * 1024;

    /// <summary>Asks once. Throws <see cref="SocketException"/> or <see cref="IOException"/> if nobody answers,
    /// and <see cref="TimeoutException"/> if the answer does not come in time.</summary>
    public static async Task<TAnswer> AskAsync<TQuestion, TAnswer>(
        string path,
        TQuestion question,
        JsonTypeInfo<TQuestion> questionType,
        JsonTypeInfo<TAnswer> answerType,
        TimeSpan limit,
        CancellationToken cancelled)
    {
        using CancellationTokenSource timed = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        timed.CancelAfter(limit);
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), timed.Token);
            byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(question, questionType), (byte)'\n'];
            await socket.SendAsync(line, timed.Token);
            byte[] answer = await ReadLineAsync(socket, timed.Token);
            return JsonSerializer.Deserialize(answer, answerType) ?? throw new IOException($"{path} answered null");
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            throw new TimeoutException($"{path} did not answer within {limit.TotalSeconds:0.#} s");
        }
        catch (JsonException malformed)
        {
            throw new IOException($"{path} answered what is not understood: {malformed.Message}");
        }
    }

    /// <summary>Reads up to the end of the line, or of the stream.</summary>
    public static async Task<byte[]> ReadLineAsync(Socket socket, CancellationToken cancelled)
    {
        using MemoryStream line = new();
        byte[] buffer = new byte[4096];
        while (true)
        {
            int read = await socket.ReceiveAsync(buffer, cancelled);
            int end = buffer.AsSpan(0, read).IndexOf((byte)'\n');
            line.Write(buffer, 0, end < 0 ? read : end);
            if (end >= 0)
            {
                return line.ToArray();
            }

            if (read == 0)
            {
                return line.Length > 0
                    ? line.ToArray()
                    : throw new IOException("the other side closed without an answer");
            }

            if (line.Length > LineLimit)
            {
                throw new IOException($"a line of more than {LineLimit} bytes");
            }
        }
    }
}
