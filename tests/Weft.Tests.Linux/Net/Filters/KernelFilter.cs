using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weft.Net.Bpf;

namespace Weft.Tests.Linux.Net.Filters;

/// <summary>The kernel as interpreter: a program attached to one end of a pair of unix sockets sees each datagram as its
/// packet, whatever is in it, and drops what it does not want.</summary>
internal sealed class KernelFilter : IDisposable
{
    private const int LevelSocket = 1; // SOL_SOCKET
    private const int AttachFilter = 26; // SO_ATTACH_FILTER

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"weft-t-{Guid.NewGuid():n}.sock");
    private readonly Socket _sender = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly Socket _receiver = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly byte[] _buffer = new byte[65_536];

    public KernelFilter()
    {
        _receiver.Bind(new UnixDomainSocketEndPoint(_path));
        _receiver.Blocking = false;
        _sender.Connect(new UnixDomainSocketEndPoint(_path));
    }

    /// <summary>Puts a program in the place of the one before it; throws if the kernel refuses it.</summary>
    public void Attach(BpfProgram program)
    {
        List<byte> code = [];
        foreach (BpfInstruction instruction in program.Instructions)
        {
            code.AddRange(BitConverter.GetBytes(instruction.Code));
            code.Add(instruction.IfTrue);
            code.Add(instruction.IfFalse);
            code.AddRange(BitConverter.GetBytes(instruction.Operand));
        }

        GCHandle pinned = GCHandle.Alloc(code.ToArray(), GCHandleType.Pinned);
        try
        {
            // struct sock_fprog: a count, padding, a pointer.
            byte[] descriptor = new byte[16];
            MemoryMarshal.Write(descriptor, (ushort)program.Instructions.Length);
            MemoryMarshal.Write(descriptor.AsSpan(8), pinned.AddrOfPinnedObject());
            _receiver.SetRawSocketOption(LevelSocket, AttachFilter, descriptor);
        }
        finally
        {
            pinned.Free();
        }
    }

    /// <summary>Whether the program wants a packet.</summary>
    public bool Wants(byte[] packet)
    {
        _ = _sender.Send(packet);
        if (!_receiver.Poll(0, SelectMode.SelectRead))
        {
            return false;
        }

        _ = _receiver.Receive(_buffer);
        return true;
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
        File.Delete(_path);
    }
}
