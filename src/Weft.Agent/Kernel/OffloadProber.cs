using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Weft.Linux;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;
using Weft.Node.Brain;

namespace Weft.Agent.Kernel;

/// <summary>Finds out whether packets arrive whose checksum a tunnel device leaves to the hardware below it: a UDP packet
/// to a closed port of another node, which its kernel refuses by ICMP if the checksum is right, and drops if not.</summary>
/// <remarks>The control is the same packet from a corked socket (udp(7), UDP_CORK), whose checksum the kernel always
/// finishes itself: both meet the same filters, so what is refused of the second kind only was spoiled. One probe at a time,
/// beside the pump; one descriptor while it lasts.</remarks>
internal sealed class OffloadProber(
    string nodeNamespace, ChannelWriter<BrainEvent?> mailbox, TimeProvider time, CancellationToken stop)
{
    /// <summary>The first port of traceroute(8): nobody listens there.</summary>
    public const int Port = 33434;

    // A packet that got lost must not pass for one that was spoiled.
    private const int Rounds = 3;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMilliseconds(500);

    private const int LevelSocket = 1; // SOL_SOCKET
    private const int BindToDevice = 25; // SO_BINDTODEVICE
    private const int LevelUdp = 17; // SOL_UDP
    private const int Cork = 1; // UDP_CORK

    /// <summary>Ends with the last probe.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Begins a probe; its answer comes by the mailbox. For one caller: the pump.</summary>
    public void Begin(BrainAction.ProbeOffload probe) => Ended = ProbeAfterAsync(Ended, probe);

    /// <summary>Sets the offload of a device, if it is otherwise.</summary>
    public BrainEvent.OffloadSet Set(BrainAction.SetOffload offload)
    {
        try
        {
            if (ChecksumOffload.Read(nodeNamespace, offload.Device, out bool on) is { } unreadable)
            {
                return new BrainEvent.OffloadSet(offload.Device, unreadable.ToString(), false);
            }

            return on == offload.On
                ? new BrainEvent.OffloadSet(offload.Device, null, false)
                : new BrainEvent.OffloadSet(
                    offload.Device, ChecksumOffload.Write(nodeNamespace, offload.Device, offload.On)?.ToString(), true);
        }
        catch (LinuxException gone)
        {
            return new BrainEvent.OffloadSet(offload.Device, gone.Message, false);
        }
    }

    private async Task ProbeAfterAsync(Task before, BrainAction.ProbeOffload probe)
    {
        await before.ConfigureAwait(false);
        await Task.Yield();
        try
        {
            OffloadVerdict verdict = await ProbeAsync(probe).ConfigureAwait(false);
            await mailbox.WriteAsync(new BrainEvent.OffloadProbed(probe.Probe, verdict), stop).ConfigureAwait(false);
        }
        catch (Exception going) when (going is OperationCanceledException or ChannelClosedException)
        {
            // The agent is going.
        }
    }

    private async Task<OffloadVerdict> ProbeAsync(BrainAction.ProbeOffload probe)
    {
        try
        {
            if (ChecksumOffload.Read(nodeNamespace, probe.Device, out bool on) is not null)
            {
                return OffloadVerdict.Unknown;
            }

            if (!on)
            {
                return OffloadVerdict.Off;
            }

            for (int round = 0; round < Rounds; round++)
            {
                if (await IsAnsweredAsync(probe, finished: false).ConfigureAwait(false))
                {
                    return OffloadVerdict.Works;
                }

                if (!await IsAnsweredAsync(probe, finished: true).ConfigureAwait(false))
                {
                    return OffloadVerdict.Unknown;
                }
            }

            return OffloadVerdict.Broken;
        }
        catch (Exception failed) when (failed is SocketException or LinuxException)
        {
            // The device, the address or the way has just gone.
            return OffloadVerdict.Unknown;
        }
    }

    // A port of its own for each packet: a late answer to one is no answer to the next.
    private async Task<bool> IsAnsweredAsync(BrainAction.ProbeOffload probe, bool finished)
    {
        IPEndPoint target = new(IPAddress.Parse(probe.Target.ToString()), Port);
        using Socket socket = NamespaceSocket.Open(nodeNamespace, target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.SetRawSocketOption(LevelSocket, BindToDevice, Encoding.UTF8.GetBytes(probe.Device + '\0'));
        socket.Bind(new IPEndPoint(IPAddress.Parse(probe.Source.ToString()), 0));
        socket.Connect(target);
        if (finished)
        {
            socket.SetRawSocketOption(LevelUdp, Cork, BitConverter.GetBytes(1));
        }

        socket.Send("weft"u8);
        if (finished)
        {
            socket.SetRawSocketOption(LevelUdp, Cork, BitConverter.GetBytes(0));
        }

        byte[] answer = new byte[1];
        using CancellationTokenSource limit = new(AnswerLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await socket.ReceiveAsync(answer.AsMemory(), SocketFlags.None, either.Token).ConfigureAwait(false);
            return true; // Somebody listens there after all.
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // On a host that is busy the answer may have come, and not been seen yet.
            return socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);
        }
    }
}
