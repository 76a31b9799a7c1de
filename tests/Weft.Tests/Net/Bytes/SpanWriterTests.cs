using System;
using Weft.Net.Bytes;
using Xunit;

namespace Weft.Tests.Net.Bytes;

public sealed class SpanWriterTests
{
    [Fact]
    public void Bytes_go_out_in_the_order_that_the_method_names()
    {
        byte[] buffer = new byte[64];
        Array.Fill(buffer, (byte)0xA5);
        SpanWriter writer = new(buffer);
        Assert.True(writer.TryWriteByte(0x01));
        Assert.True(writer.TryReserve(2, out int lengthAt));
        Assert.True(writer.TryWriteNetworkUInt16(0x0203));
        Assert.True(writer.TryWriteNetworkUInt32(0x04050607));
        Assert.True(writer.TryWriteNetworkUInt64(0x08090A0B0C0D0E0F));
        Assert.True(writer.TryWrite([0x10, 0x11]));
        Assert.True(writer.TryAlign(4));
        writer.PatchNetworkUInt16(lengthAt, (ushort)writer.Position);
        Assert.Equal("010014" + "0203" + "04050607" + "08090a0b0c0d0e0f" + "1011" + "00", Hex.Of(writer.Written));
        Assert.Equal(0xA5, buffer[writer.Position]);
    }

    [Fact]
    public void Host_order_reads_back_what_it_wrote_and_is_the_order_of_this_machine()
    {
        SpanWriter writer = new(new byte[14]);
        Assert.True(writer.TryWriteHostUInt16(0x0102));
        Assert.True(writer.TryWriteHostUInt32(0x03040506));
        Assert.True(writer.TryWriteHostUInt64(0x0708090A0B0C0D0E));
        Assert.Equal(0x0102, HostOrder.ReadUInt16(writer.Written));
        Assert.Equal(0x03040506u, HostOrder.ReadUInt32(writer.Written, 2));
        Assert.Equal(0x0708090A0B0C0D0Eu, HostOrder.ReadUInt64(writer.Written, 6));
        Assert.Equal(BitConverter.GetBytes((ushort)0x0102), writer.Written[..2].ToArray());
        HostOrder.WriteInt32(writer.Written, 2, -5);
        Assert.Equal(-5, HostOrder.ReadInt32(writer.Written, 2));
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_changes_nothing()
    {
        SpanWriter writer = new(new byte[3]);
        Assert.True(writer.TryWriteByte(1));
        Assert.False(writer.TryWriteNetworkUInt32(0));
        Assert.False(writer.TryWriteHostUInt32(0));
        Assert.False(writer.TryWriteNetworkUInt64(0));
        Assert.False(writer.TryWrite([1, 2, 3]));
        Assert.False(writer.TryAlign(4));
        Assert.Equal(1, writer.Position);
        Assert.True(writer.TryWriteNetworkUInt16(2));
        Assert.False(writer.TryWriteByte(0));
    }

    [Theory]
    [InlineData("00 ff:0A-b0\n", "00ff0ab0")]
    [InlineData("", "")]
    public void Hex_is_read_with_separators(string text, string canonical)
    {
        Assert.Equal(canonical, Hex.Of(Hex.ToBytes(text)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0g")]
    [InlineData("0 0")]
    [InlineData("00 1")]
    public void Text_that_is_no_hex_is_refused(string text)
    {
        Assert.False(Hex.TryParse(text, out _));
    }
}
