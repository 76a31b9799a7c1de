using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Netlink;
using Weft.Netlink.Nftables;

namespace Weft.Linux.Sockets;

/// <summary>One transaction of nf_tables: everything goes out in one datagram, and comes back as one answer to each
/// request.</summary>
/// <remarks>The kernel carries a transaction out while it is sent, so all answers wait when sending returns. It answers
/// what it refuses; of what it does not refuse only the last request asks for an answer, so that however many requests
/// there are, the answers fit into the receive buffer.</remarks>
internal sealed class NetlinkTransaction
{
    private const int FlagsOffset = NetlinkHeader.SequenceOffset - 2;

    // What the kernel wants to have free beside the message (netlink_sendmsg).
    private const int SendReserve = 32;

    private readonly SafeFileHandle _socket;
    private readonly byte[] _receive;
    private readonly NftablesBatch _batch;
    private readonly uint _first;
    private readonly KernelError?[] _errors;
    private readonly List<byte[]>?[] _messages;
    private KernelError? _whole;
    private bool _isAnswered;

    public NetlinkTransaction(SafeFileHandle socket, byte[] receive, NftablesBatch batch, uint sequence)
    {
        _socket = socket;
        _receive = receive;
        _batch = batch;
        _first = unchecked(sequence + 1);
        _errors = new KernelError?[batch.Requests.Count];
        _messages = new List<byte[]>?[batch.Requests.Count];
        LastSequence = unchecked(sequence + (uint)batch.Requests.Count + 2);
    }

    /// <summary>The last sequence number that was used.</summary>
    public uint LastSequence { get; }

    /// <summary>Sends it and returns an answer to each request.</summary>
    public NetlinkReply[] Run()
    {
        if (_errors.Length == 0)
        {
            return [];
        }

        return Conclude(TrySend() ?? Gather());
    }

    private KernelError? TrySend()
    {
        int length = _batch.ByteLength;
        if (!TryMakeRoom(length, out int room))
        {
            return new KernelError(KernelErrno.EMSGSIZE, string.Create(
                CultureInfo.InvariantCulture,
                $"the transaction has {length} bytes, and the socket takes {room} at most"));
        }

        byte[] bytes = Assemble(length);
        nint sent;
        do
        {
            sent = Libc.Send(_socket, bytes, (nuint)length, 0);
        }
        while (sent < 0 && LastError.Number == KernelErrno.EINTR);

        return sent == length ? null : LastError.Of("send to the kernel");
    }

    private bool TryMakeRoom(int length, out int room)
    {
        room = NetlinkSocket.TransactionBytesMax;
        if (length > room)
        {
            return false;
        }

        if (RoomIn(_socket) < length)
        {
            // The kernel doubles what it is given, for its own overhead.
            int wanted = (length + SendReserve + 1) / 2;
            if (!Libc.TrySetOption(_socket, Libc.LevelSocket, Libc.SendBufferForce, wanted))
            {
                _ = Libc.TrySetOption(_socket, Libc.LevelSocket, Libc.SendBuffer, wanted);
            }
        }

        room = RoomIn(_socket);
        return room >= length;
    }

    private static int RoomIn(SafeFileHandle socket) =>
        Libc.TryGetOption(socket, Libc.LevelSocket, Libc.SendBuffer, out int value) ? value - SendReserve : 0;

    private byte[] Assemble(int length)
    {
        byte[] bytes = new byte[length];
        int offset = 0;
        int last = 0;
        uint sequence = _first;
        IReadOnlyList<NetlinkRequest> messages = _batch.Messages;
        for (int i = 0; i < messages.Count; i++)
        {
            ReadOnlySpan<byte> message = messages[i].Bytes.Span;
            message.CopyTo(bytes.AsSpan(offset));
            MemoryMarshal.Write(bytes.AsSpan(offset + NetlinkHeader.SequenceOffset), in sequence);
            sequence = unchecked(sequence + 1);
            last = i == messages.Count - 2 ? offset : last;
            offset = (offset + message.Length + 3) & ~3;
        }

        bytes[last + FlagsOffset] |= (byte)NetlinkFlags.NLM_F_ACK;
        return bytes;
    }

    // Takes in everything that is there. An error is one that leaves open what became of the transaction.
    private KernelError? Gather()
    {
        KernelError? lost = null;
        while (true)
        {
            // Something always comes; when that has come, all of it is there.
            int flags = Libc.MessageTruncated | (_isAnswered ? Libc.MessageDontWait : 0);
            nint received = Libc.Receive(_socket, _receive, (nuint)_receive.Length, flags);
            if (received >= 0 && received <= _receive.Length)
            {
                Take(_receive.AsSpan(0, (int)received));
            }
            else if (received > _receive.Length)
            {
                _isAnswered = true;
                lost = new KernelError(KernelErrno.ENOBUFS, "an answer was too long, and it is not known what it said");
            }
            else if (LastError.Number == KernelErrno.ENOBUFS)
            {
                _isAnswered = true;
                lost = new KernelError(KernelErrno.ENOBUFS, "there were more answers than fit");
            }
            else if (LastError.Number == KernelErrno.EAGAIN)
            {
                return _isAnswered ? lost : new KernelError(KernelErrno.ETIMEDOUT, "the kernel did not answer");
            }
            else if (LastError.Number != KernelErrno.EINTR)
            {
                return LastError.Of("receive from the kernel");
            }
        }
    }

    private void Take(ReadOnlySpan<byte> datagram)
    {
        NetlinkMessageReader reader = new(datagram);
        while (reader.TryRead(out NetlinkMessageView message))
        {
            uint place = unchecked(message.Header.Sequence - _first);
            bool isAnswer = (NetlinkControl)message.Header.Type == NetlinkControl.NLMSG_ERROR;
            if (place == 0 && isAnswer)
            {
                // What the kernel says of the beginning, it says of the whole.
                _isAnswered = true;
                _whole ??= ErrorOf(message);
            }
            else if (place > 0 && place <= (uint)_errors.Length)
            {
                int index = (int)place - 1;
                _isAnswered |= isAnswer;
                if (isAnswer)
                {
                    _errors[index] ??= ErrorOf(message);
                }
                else
                {
                    (_messages[index] ??= []).Add(message.Bytes.ToArray());
                }
            }
        }
    }

    private static KernelError? ErrorOf(NetlinkMessageView message) =>
        KernelError.TryDecode(message, out KernelError? error) ? error : new KernelError(KernelErrno.EBADMSG);

    private NetlinkReply[] Conclude(KernelError? failure)
    {
        KernelError? others = _whole;
        if (others is null)
        {
            bool isRefused = Array.Exists(_errors, error => error is not null);
            others = isRefused ? new KernelError(KernelErrno.ECANCELED) : failure;
        }

        NetlinkReply[] replies = new NetlinkReply[_errors.Length];
        for (int i = 0; i < replies.Length; i++)
        {
            replies[i] = new NetlinkReply(_errors[i] ?? others, _messages[i] ?? (IReadOnlyList<byte[]>)[]);
        }

        return replies;
    }
}
