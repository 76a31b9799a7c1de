using System;
using System.Globalization;
using Weft.Net.Bytes;

namespace Weft.Netlink;

/// <summary>The kernel's refusal of one request.</summary>
/// <param name="Errno">The error number, positive.</param>
/// <param name="Message">The kernel's own sentence (NLMSGERR_ATTR_MSG), or ours where we found the error; null if
/// there is none.</param>
/// <param name="Offset">Where in the request the kernel stumbled (NLMSGERR_ATTR_OFFS); 0 if it does not say.</param>
public sealed record KernelError(int Errno, string? Message = null, int Offset = 0)
{
    private const int ErrnoLength = 4;
    private const ushort MessageAttribute = 1; // NLMSGERR_ATTR_MSG
    private const ushort OffsetAttribute = 2; // NLMSGERR_ATTR_OFFS

    /// <summary>The name of the number: <c>EEXIST</c>; <c>errno 4711</c> if it has none that we know.</summary>
    public string Name => KernelErrno.NameOf(Errno);

    /// <summary>Reads an acknowledgement (NLMSG_ERROR) or the end of a dump (NLMSG_DONE). False if the bytes are
    /// neither; <paramref name="error"/> is null where the kernel says that all went well.</summary>
    public static bool TryDecode(NetlinkMessageView message, out KernelError? error)
    {
        error = null;
        ReadOnlySpan<byte> payload = message.Payload;
        NetlinkControl type = (NetlinkControl)message.Header.Type;
        if (type is not (NetlinkControl.NLMSG_ERROR or NetlinkControl.NLMSG_DONE) || payload.Length < ErrnoLength)
        {
            // A NLMSG_DONE without a number is how old dumps end well.
            return type == NetlinkControl.NLMSG_DONE;
        }

        int negative = HostOrder.ReadInt32(payload);
        if (negative == 0)
        {
            return true;
        }

        string? text = null;
        int offset = 0;
        if ((message.Header.Flags & NetlinkFlags.NLM_F_ACK_TLVS) != 0
            && AttributeReader.TryParse(ExtendedPart(message), out AttributeReader attributes))
        {
            foreach (NetlinkAttribute attribute in attributes)
            {
                if (attribute.Type == MessageAttribute)
                {
                    text = attribute.ReadText();
                }
                else if (attribute.Type == OffsetAttribute && attribute.TryRead(out int value))
                {
                    offset = value;
                }
            }
        }

        error = new KernelError(negative == int.MinValue ? int.MaxValue : Math.Abs(negative), text, offset);
        return true;
    }

    /// <summary><c>EEXIST: the kernel's sentence (at byte 36)</c>.</summary>
    public override string ToString()
    {
        string text = Message is null ? $"{Name} ({KernelErrno.MeaningOf(Errno)})" : $"{Name}: {Message}";
        return Offset == 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text} (at byte {Offset})");
    }

    // After the number an acknowledgement repeats the request: its header only if the kernel capped it, else all of
    // it. The end of a dump repeats nothing.
    private static ReadOnlySpan<byte> ExtendedPart(NetlinkMessageView message)
    {
        ReadOnlySpan<byte> rest = message.Payload[ErrnoLength..];
        if (message.Header.Type == (ushort)NetlinkControl.NLMSG_DONE)
        {
            return rest;
        }

        if (rest.Length < NetlinkHeader.ByteLength)
        {
            return [];
        }

        uint repeated = (message.Header.Flags & NetlinkFlags.NLM_F_CAPPED) != 0
            ? NetlinkHeader.ByteLength
            : HostOrder.ReadUInt32(rest);
        return repeated > (uint)rest.Length
            ? []
            : rest[Math.Min(NetlinkPadding.Padded((int)repeated), rest.Length)..];
    }
}
