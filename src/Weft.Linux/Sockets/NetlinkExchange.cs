using System;
using System.Buffers;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Netlink;

namespace Weft.Linux.Sockets;

/// <summary>One call of <see cref="NetlinkSocket"/>: cuts the requests into batches, stamps sequence numbers and
/// descriptors, sends, and gathers answers until each request has its own.</summary>
internal sealed class NetlinkExchange : IDisposable
{
    private readonly SafeFileHandle _socket;
    private readonly byte[] _receive;
    private readonly IReadOnlyList<NetlinkRequest> _requests;
    private readonly Func<string, SafeFileHandle> _resolve;
    private readonly NetlinkReply?[] _replies;
    private readonly List<byte[]>?[] _messages;
    private readonly Dictionary<string, SafeFileHandle> _namespaces = new(StringComparer.Ordinal);
    private readonly byte[] _send = ArrayPool<byte>.Shared.Rent(NetlinkSocket.BatchBytesMax);
    private uint _firstSequence;
    private int _firstRequest;
    private bool _interrupted;

    public NetlinkExchange(
        SafeFileHandle socket,
        byte[] receive,
        IReadOnlyList<NetlinkRequest> requests,
        Func<string, SafeFileHandle> resolve,
        uint sequence)
    {
        _socket = socket;
        _receive = receive;
        _requests = requests;
        _resolve = resolve;
        _replies = new NetlinkReply?[requests.Count];
        _messages = new List<byte[]>?[requests.Count];
        LastSequence = sequence;
    }

    /// <summary>The last sequence number that was used.</summary>
    public uint LastSequence { get; private set; }

    /// <summary>Sends everything and returns an answer to each request.</summary>
    public NetlinkReply[] Run()
    {
        int next = 0;
        while (next < _requests.Count)
        {
            next = _requests[next].IsDump ? RunDump(next) : RunBatch(next);
        }

        return _replies!;
    }

    /// <summary>Closes the namespaces that were opened.</summary>
    public void Dispose()
    {
        foreach (SafeFileHandle handle in _namespaces.Values)
        {
            handle.Dispose();
        }

        ArrayPool<byte>.Shared.Return(_send);
    }

    private int RunDump(int index)
    {
        for (int attempt = 0; attempt < NetlinkSocket.DumpAttemptsMax; attempt++)
        {
            _interrupted = false;
            _replies[index] = null;
            _messages[index] = null;
            int length = 0;
            Begin(index);
            if (TryAppend(index, ref length))
            {
                SendAndGather(index, index + 1, length);
            }

            if (!_interrupted || _replies[index]!.Error is not null)
            {
                return index + 1;
            }
        }

        // NLM_F_DUMP_INTR: the list may lack what changed while it was made.
        KernelError error = new(KernelErrno.EINTR, "the list changed each time it was read");
        _replies[index] = new NetlinkReply(error, []);
        return index + 1;
    }

    private int RunBatch(int first)
    {
        int next = first;
        int length = 0;
        Begin(first);
        while (next < _requests.Count
            && next - first < NetlinkSocket.BatchRequestsMax
            && !_requests[next].IsDump
            && (length == 0 || length + _requests[next].Bytes.Length + 4 <= _send.Length))
        {
            if (!TryAppend(next, ref length))
            {
                // Its answer is already known; the sequence number stays unused.
                LastSequence = unchecked(LastSequence + 1);
            }

            next++;
        }

        SendAndGather(first, next, length);
        return next;
    }

    private void Begin(int firstRequest)
    {
        _firstRequest = firstRequest;
        _firstSequence = unchecked(LastSequence + 1);
    }

    private bool TryAppend(int index, ref int length)
    {
        NetlinkRequest request = _requests[index];
        if (request.Bytes.Length > _send.Length - length)
        {
            return Refuse(index, new KernelError(KernelErrno.EMSGSIZE));
        }

        Span<byte> bytes = _send.AsSpan(length, request.Bytes.Length);
        request.Bytes.Span.CopyTo(bytes);
        foreach (NamespaceReference reference in request.References)
        {
            try
            {
                int descriptor = (int)Resolve(reference.Namespace).DangerousGetHandle();
                MemoryMarshal.Write(bytes[reference.Offset..], in descriptor);
            }
            catch (LinuxException e)
            {
                return Refuse(index, new KernelError(e.Error.Errno, e.Message));
            }
        }

        LastSequence = unchecked(LastSequence + 1);
        uint sequence = LastSequence;
        MemoryMarshal.Write(bytes[NetlinkHeader.SequenceOffset..], in sequence);
        length = (length + bytes.Length + 3) & ~3;
        return true;
    }

    private bool Refuse(int index, KernelError error)
    {
        _replies[index] = new NetlinkReply(error, []);
        return false;
    }

    private SafeFileHandle Resolve(string path)
    {
        if (!_namespaces.TryGetValue(path, out SafeFileHandle? handle))
        {
            handle = _resolve(path);
            _namespaces.Add(path, handle);
        }

        return handle;
    }

    private void SendAndGather(int first, int end, int length)
    {
        if (length == 0)
        {
            return;
        }

        nint sent;
        do
        {
            sent = Libc.Send(_socket, _send.AsSpan(0, length), (nuint)length, 0);
        }
        while (sent < 0 && LastError.Number == KernelErrno.EINTR);

        if (sent != length)
        {
            Fail(first, end, LastError.Of("send to the kernel"));
            return;
        }

        while (HasUnanswered(first, end))
        {
            nint received = Libc.Receive(_socket, _receive, (nuint)_receive.Length, Libc.MessageTruncated);
            if (received >= 0 && received <= _receive.Length)
            {
                Gather(_receive.AsSpan(0, (int)received));
            }
            else if (received > _receive.Length)
            {
                Fail(first, end, new KernelError(KernelErrno.EMSGSIZE, "the kernel's answer is too long"));
            }
            else if (LastError.Number != KernelErrno.EINTR)
            {
                Fail(first, end, LastError.Number == KernelErrno.EAGAIN
                    ? new KernelError(KernelErrno.ETIMEDOUT, "the kernel did not answer")
                    : LastError.Of("receive from the kernel"));
            }
        }
    }

    private bool HasUnanswered(int first, int end)
    {
        for (int i = end - 1; i >= first; i--)
        {
            if (_replies[i] is null)
            {
                return true;
            }
        }

        return false;
    }

    private void Fail(int first, int end, KernelError error)
    {
        for (int i = first; i < end; i++)
        {
            _replies[i] ??= new NetlinkReply(error, []);
        }
    }

    private void Gather(ReadOnlySpan<byte> datagram)
    {
        NetlinkMessageReader reader = new(datagram);
        while (reader.TryRead(out NetlinkMessageView message))
        {
            uint place = unchecked(message.Header.Sequence - _firstSequence);
            int index = place <= unchecked(LastSequence - _firstSequence) ? _firstRequest + (int)place : -1;
            if (index < 0 || _replies[index] is not null)
            {
                // An answer that came after its request had been given up.
                continue;
            }

            _interrupted |= (message.Header.Flags & NetlinkFlags.NLM_F_DUMP_INTR) != 0;
            switch ((NetlinkControl)message.Header.Type)
            {
                case NetlinkControl.NLMSG_ERROR or NetlinkControl.NLMSG_DONE:
                    KernelError? error = KernelError.TryDecode(message, out KernelError? decoded)
                        ? decoded
                        : new KernelError(KernelErrno.EBADMSG);
                    _replies[index] = new NetlinkReply(error, _messages[index] ?? (IReadOnlyList<byte[]>)[]);
                    break;
                case NetlinkControl.NLMSG_NOOP or NetlinkControl.NLMSG_OVERRUN:
                    break;
                default:
                    (_messages[index] ??= []).Add(message.Bytes.ToArray());
                    break;
            }
        }
    }
}
