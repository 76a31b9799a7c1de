using System;
using Weft.Net.Decoding;

namespace Weft.Net.Formats.Applications;

/// <summary>HTTP/1 (RFC 9112): the first line, the headers, and what follows them as bytes.</summary>
internal sealed class HttpFormat() : Format(
    "http", "Hypertext Transfer Protocol", new FormatKey(KeySpace.TcpPort, 80), new FormatKey(KeySpace.TcpPort, 8080),
    new FormatKey(KeySpace.TcpPort, 3128), new FormatKey(KeySpace.TcpPort, 8000), new FormatKey(KeySpace.TcpPort, 8888),
    new FormatKey(KeySpace.Inner, 0))
{
    private const int LineOfMethodMax = 20;
    private const int ShownMax = 100;

    private static readonly Field Method = Field.Text("http.request.method", "method");
    private static readonly Field Target = Field.Text("http.request.uri", "target");
    private static readonly Field RequestVersion = Field.Text("http.request.version", "version");
    private static readonly Field ResponseVersion = Field.Text("http.response.version", "version");
    private static readonly Field StatusCode = Field.Dec("http.response.code", "status");
    private static readonly Field Phrase = Field.Text("http.response.phrase", "reason");
    private static readonly Field RequestLine = Field.Text("http.request.line", "header");
    private static readonly Field ResponseLine = Field.Text("http.response.line", "header");
    private static readonly Field FileData = Field.Text("http.file_data", "body");
    private static readonly Field Body = Field.Bytes("http.data", "part of a body");

    private static readonly (string Name, Field Field)[] Known =
    [
        ("host", Field.Text("http.host", "host")),
        ("user-agent", Field.Text("http.user_agent", "user agent")),
        ("accept", Field.Text("http.accept", "accepts")),
        ("accept-encoding", Field.Text("http.accept_encoding", "accepts encodings")),
        ("accept-language", Field.Text("http.accept_language", "accepts languages")),
        ("authorization", Field.Text("http.authorization", "authorization")),
        ("connection", Field.Text("http.connection", "connection")),
        ("content-type", Field.Text("http.content_type", "content type")),
        ("content-length", Field.Text("http.content_length_header", "content length")),
        ("content-encoding", Field.Text("http.content_encoding", "content encoding")),
        ("cookie", Field.Text("http.cookie", "cookie")),
        ("set-cookie", Field.Text("http.set_cookie", "sets a cookie")),
        ("date", Field.Text("http.date", "date")),
        ("server", Field.Text("http.server", "server")),
        ("location", Field.Text("http.location", "location")),
        ("referer", Field.Text("http.referer", "referer")),
        ("cache-control", Field.Text("http.cache_control", "cache control")),
        ("last-modified", Field.Text("http.last_modified", "last modified")),
        ("transfer-encoding", Field.Text("http.transfer_encoding", "transfer encoding")),
        ("upgrade", Field.Text("http.upgrade", "upgrade")),
        ("x-forwarded-for", Field.Text("http.x_forwarded_for", "forwarded for")),
    ];

    public override bool Recognises(ReadOnlySpan<byte> bytes) => IsResponse(bytes) || MethodLength(bytes) > 0;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        ReadOnlySpan<byte> bytes = walk.Body;
        bool isResponse = IsResponse(bytes);
        if (!isResponse && MethodLength(bytes) == 0)
        {
            walk.Bytewise(Body, start, walk.Length);
            walk.Spoil();
            return;
        }

        int lineEnd = LineEnd(bytes, out int next);
        if (isResponse)
        {
            Response(ref walk, start, bytes[..lineEnd]);
        }
        else
        {
            Request(ref walk, start, bytes[..lineEnd]);
        }

        int at = next;
        while (at < bytes.Length)
        {
            lineEnd = LineEnd(bytes[at..], out next);
            if (lineEnd == 0)
            {
                at += next;
                break;
            }

            Header(ref walk, isResponse, start + at, bytes.Slice(at, lineEnd), next);
            at += next;
        }

        if (at < bytes.Length)
        {
            walk.Bytewise(FileData, start + at, bytes.Length - at);
        }
    }

    public override void WriteLine(in LayerLine line)
    {
        int end = Math.Min(ShownMax, LineEnd(line.Bytes, out _));
        line.Text.Add("HTTP "u8).AddPrintable(line.Bytes[..end]);
    }

    private static void Request(ref Walk walk, int start, ReadOnlySpan<byte> line)
    {
        int method = MethodLength(line);
        walk.Text(Method, start, method, line[..method]);
        int at = Math.Min(line.Length, method + 1);
        int end = line.LastIndexOf((byte)' ');
        end = end < at ? line.Length : end;
        walk.Text(Target, start + at, end - at, line[at..end]);
        if (end < line.Length)
        {
            walk.Text(RequestVersion, start + end + 1, line.Length - end - 1, line[(end + 1)..]);
        }
    }

    private static void Response(ref Walk walk, int start, ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        space = space < 0 ? line.Length : space;
        walk.Text(ResponseVersion, start, space, line[..space]);
        ulong code = 0;
        int at = space + 1;
        while (at < line.Length && at < space + 4 && line[at] is >= (byte)'0' and <= (byte)'9')
        {
            code = (code * 10) + line[at] - '0';
            at++;
        }

        if (at != space + 4)
        {
            walk.Report(ProblemKind.Malformed, start, "http.response.code: digits", Math.Max(0, at - space - 1), 3);
            return;
        }

        walk.Number(StatusCode, start + space + 1, 3, code);
        if (at + 1 < line.Length)
        {
            walk.Text(Phrase, start + at + 1, line.Length - at - 1, line[(at + 1)..]);
        }
    }

    private static void Header(ref Walk walk, bool isResponse, int at, ReadOnlySpan<byte> line, int length)
    {
        walk.Text(isResponse ? ResponseLine : RequestLine, at, length, walk.Bytes.Slice(at, length));
        int colon = line.IndexOf((byte)':');
        if (colon <= 0)
        {
            walk.Report(ProblemKind.Malformed, at, "a header without a name");
            return;
        }

        ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
        foreach ((string name, Field field) in Known)
        {
            if (Is(line[..colon], name))
            {
                walk.Text(field, at, length, value);
                return;
            }
        }
    }

    private static bool Is(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.Length != name.Length)
        {
            return false;
        }

        for (int i = 0; i < name.Length; i++)
        {
            int lower = bytes[i] is >= (byte)'A' and <= (byte)'Z' ? bytes[i] + 0x20 : bytes[i];
            if (lower != name[i])
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsResponse(ReadOnlySpan<byte> bytes) => bytes.StartsWith("HTTP/1."u8);

    // RFC 9110, 9: the registered ones that one meets; what else begins with a word and a blank is no request.
    private static int MethodLength(ReadOnlySpan<byte> bytes)
    {
        int space = bytes[..Math.Min(LineOfMethodMax, bytes.Length)].IndexOf((byte)' ');
        if (space <= 0)
        {
            return 0;
        }

        ReadOnlySpan<byte> word = bytes[..space];
        return word.SequenceEqual("GET"u8) || word.SequenceEqual("POST"u8) || word.SequenceEqual("PUT"u8)
            || word.SequenceEqual("HEAD"u8) || word.SequenceEqual("DELETE"u8) || word.SequenceEqual("OPTIONS"u8)
            || word.SequenceEqual("PATCH"u8) || word.SequenceEqual("CONNECT"u8) || word.SequenceEqual("TRACE"u8)
            || word.SequenceEqual("PROPFIND"u8)
            ? space
            : 0;
    }

    private static int LineEnd(ReadOnlySpan<byte> bytes, out int next)
    {
        int end = bytes.IndexOf((byte)'\n');
        next = end < 0 ? bytes.Length : end + 1;
        end = end < 0 ? bytes.Length : end;
        return end > 0 && bytes[end - 1] == (byte)'\r' ? end - 1 : end;
    }
}
