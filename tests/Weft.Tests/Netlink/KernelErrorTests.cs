using System;
using Weft.Net.Bytes;
using Weft.Netlink;
using Xunit;

namespace Weft.Tests.Netlink;

public sealed class KernelErrorTests
{
    // NLMSG_ERROR, capped, with TLVs: -22, the header of the request, message "bad" and offset 36.
    private const string Refusal =
        "3400000002000003" + "0100000002000000" + "eaffffff"
        + "4000000018000506" + "0100000002000000"
        + "0800010062616400" + "0800020024000000";

    [Fact]
    public void The_kernels_sentence_and_the_place_are_read()
    {
        Assert.True(Decode(Hex.ToBytes(Refusal), out KernelError? error));
        Assert.Equal(new KernelError(KernelErrno.EINVAL, "bad", 36), error);
        Assert.Equal("EINVAL: bad (at byte 36)", error!.ToString());
    }

    [Fact]
    public void An_acknowledgement_without_error_is_none()
    {
        byte[] message = Hex.ToBytes(Refusal);
        message.AsSpan(16, 4).Clear();
        Assert.True(Decode(message, out KernelError? error));
        Assert.Null(error);
    }

    [Fact]
    public void Every_truncation_is_an_answer_and_keeps_the_number()
    {
        byte[] message = Hex.ToBytes(Refusal);
        for (int length = NetlinkHeader.ByteLength; length < message.Length; length++)
        {
            byte[] cut = message[..length];
            cut[0] = (byte)length;
            bool decoded = Decode(cut, out KernelError? error);
            Assert.Equal(length >= 20, decoded);
            Assert.Equal(length >= 20 ? KernelErrno.EINVAL : null, error?.Errno);
        }
    }

    [Fact]
    public void A_number_without_a_name_is_still_said()
    {
        Assert.Equal("errno 4711", new KernelError(4711).Name);
        Assert.Equal("EEXIST (it exists already)", new KernelError(KernelErrno.EEXIST).ToString());
    }

    private static bool Decode(byte[] message, out KernelError? error)
    {
        NetlinkMessageReader reader = new(message);
        error = null;
        return reader.TryRead(out NetlinkMessageView view) && KernelError.TryDecode(view, out error);
    }
}
