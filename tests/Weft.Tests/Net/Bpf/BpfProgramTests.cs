using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Weft.Net.Bpf;
using Xunit;

namespace Weft.Tests.Net.Bpf;

public sealed class BpfProgramTests
{
    private static readonly byte[] Packet = [0x45, 0x02, 0xFF, 0xFE, 0x80, 0x00, 0x00, 0x01];

    [Theory]
    [InlineData("32 0 0 0|22 0 0 0", 0x4502FFFE)] // ld [0]
    [InlineData("40 0 0 1|22 0 0 0", 0x02FF)] // ldh [1]
    [InlineData("48 0 0 7|22 0 0 0", 1)] // ldb [7]
    [InlineData("32 0 0 5|22 0 0 0", 0)] // beyond the end
    [InlineData("32 0 0 2147483647|6 0 0 9", 0)]
    [InlineData("1 0 0 4|64 0 0 0|22 0 0 0", 0x80000001)] // ldx #4; ld [x]
    [InlineData("1 0 0 4294967295|80 0 0 2|22 0 0 0", 2)] // The sum wraps, as the kernel's does.
    [InlineData("177 0 0 0|135 0 0 0|22 0 0 0", 20)] // ldx 4*([0]&0xf); txa
    [InlineData("128 0 0 0|22 0 0 0", 1500)] // ld len
    [InlineData("129 0 0 0|135 0 0 0|22 0 0 0", 1500)] // ldx len
    [InlineData("0 0 0 7|2 0 0 3|0 0 0 0|96 0 0 3|22 0 0 0", 7)] // st, ld M
    [InlineData("0 0 0 7|7 0 0 0|3 0 0 15|1 0 0 0|97 0 0 15|135 0 0 0|22 0 0 0", 7)] // stx, ldx M
    [InlineData("0 0 0 4294967295|4 0 0 2|22 0 0 0", 1)] // add
    [InlineData("0 0 0 1|20 0 0 2|22 0 0 0", 0xFFFFFFFF)] // sub
    [InlineData("0 0 0 65536|36 0 0 65536|22 0 0 0", 0)] // mul
    [InlineData("0 0 0 7|52 0 0 2|22 0 0 0", 3)] // div
    [InlineData("0 0 0 7|148 0 0 4|22 0 0 0", 3)] // mod
    [InlineData("0 0 0 7|60 0 0 0|6 0 0 9", 0)] // div x, where x is 0
    [InlineData("0 0 0 7|156 0 0 0|6 0 0 9", 0)] // mod x
    [InlineData("0 0 0 5|68 0 0 2|22 0 0 0", 7)] // or
    [InlineData("0 0 0 5|84 0 0 4|22 0 0 0", 4)] // and
    [InlineData("0 0 0 5|164 0 0 1|22 0 0 0", 4)] // xor
    [InlineData("0 0 0 1|100 0 0 31|22 0 0 0", 0x80000000)] // lsh
    [InlineData("0 0 0 2147483648|116 0 0 31|22 0 0 0", 1)] // rsh
    [InlineData("0 0 0 1|1 0 0 33|108 0 0 0|22 0 0 0", 2)] // lsh x takes five bits
    [InlineData("0 0 0 1|132 0 0 0|22 0 0 0", 0xFFFFFFFF)] // neg
    [InlineData("0 0 0 5|21 0 1 5|6 0 0 1|6 0 0 2", 1)] // jeq
    [InlineData("0 0 0 5|37 0 1 5|6 0 0 1|6 0 0 2", 2)] // jgt
    [InlineData("0 0 0 5|53 0 1 5|6 0 0 1|6 0 0 2", 1)] // jge
    [InlineData("0 0 0 5|69 0 1 2|6 0 0 1|6 0 0 2", 2)] // jset
    [InlineData("0 0 0 5|1 0 0 5|29 0 1 0|6 0 0 1|6 0 0 2", 1)] // jeq x
    [InlineData("0 0 0 5|1 0 0 4|45 0 1 0|6 0 0 1|6 0 0 2", 1)] // jgt x
    [InlineData("0 0 0 5|1 0 0 6|61 0 1 0|6 0 0 1|6 0 0 2", 2)] // jge x
    [InlineData("0 0 0 5|1 0 0 4|77 0 1 0|6 0 0 1|6 0 0 2", 1)] // jset x
    [InlineData("5 0 0 1|6 0 0 1|6 0 0 2", 2)] // ja
    [InlineData("40 0 0 4294963204|22 0 0 0", 4)] // ldh type: outgoing
    [InlineData("32 0 0 4294963208|22 0 0 0", 3)] // ld ifindex
    [InlineData("48 0 0 4294963248|22 0 0 0", 1)] // ldb vlan present
    [InlineData("40 0 0 4294963244|22 0 0 0", 0x2064)] // ldh vlan tag
    [InlineData("48 0 0 4293918721|22 0 0 0", 1)] // ldb from the network header on
    [InlineData("48 0 0 4292870145|22 0 0 0", 2)] // ldb from the link header on
    public void An_instruction_does_what_the_kernels_does(string lines, uint result)
    {
        BpfAncillary ancillary = new()
        {
            PacketType = BpfAncillary.Outgoing,
            Interface = 3,
            VlanTag = 0x2064,
            NetworkOffset = 6,
        };
        Assert.Equal(result, Parse(lines).Run(Packet, 1500, ancillary));
    }

    [Theory]
    [InlineData("", "1 to 4096")]
    [InlineData("0 0 0 0", "does not return")]
    [InlineData("21 0 1 0|6 0 0 0", "jumps out")]
    [InlineData("5 0 0 1|6 0 0 0", "jumps out")]
    [InlineData("5 0 0 4294967295|6 0 0 0", "jumps out")]
    [InlineData("52 0 0 0|6 0 0 0", "divides by zero")]
    [InlineData("148 0 0 0|6 0 0 0", "divides by zero")]
    [InlineData("100 0 0 32|6 0 0 0", "31 bits")]
    [InlineData("96 0 0 0|6 0 0 0", "may not have been written")]
    [InlineData("2 0 0 16|6 0 0 0", "no scratch word 16")]
    [InlineData("21 0 1 0|2 0 0 1|96 0 0 1|6 0 0 0", "scratch word 1 may not")]
    [InlineData("255 0 0 0|6 0 0 0", "not known")]
    [InlineData("32 0 0 4294963264|6 0 0 0", "the kernel has nothing")]
    [InlineData("14 0 0 0", "not known")] // ret x
    public void What_the_kernel_refuses_is_refused(string lines, string says)
    {
        Assert.False(BpfProgram.TryParse(Listing(lines), out _, out string? error));
        Assert.Contains(says, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_of_more_than_4096_instructions_is_refused()
    {
        ImmutableArray<BpfInstruction> all = [.. Enumerable.Repeat(new BpfInstruction(6, 0, 0, 1), 4096)];
        Assert.True(BpfProgram.TryCreate(all, out BpfProgram? program, out _));
        Assert.Equal(1u, program.Run([], 0, default));
        Assert.False(BpfProgram.TryCreate(all.Add(all[0]), out _, out _));
    }

    [Theory]
    [InlineData("1\n6 0 0")]
    [InlineData("2\n6 0 0 0\n")]
    [InlineData("1\n6 0 0 -1\n")]
    [InlineData("x\n6 0 0 0\n")]
    [InlineData("")]
    public void A_listing_that_is_none_is_refused(string text) => Assert.False(BpfProgram.TryParse(text, out _, out _));

    [Fact]
    public void Whatever_is_accepted_runs_on_any_packet_and_reads_back()
    {
        ulong state = 0x9E3779B97F4A7C15;
        int accepted = 0;
        byte[] packet = new byte[20];
        ushort[] codes =
            [0, 1, 2, 3, 4, 5, 6, 7, 12, 21, 22, 28, 32, 40, 48, 60, 64, 72, 80, 96, 97, 109, 128, 129, 135, 148, 177];
        for (int i = 0; i < 200_000; i++)
        {
            BpfInstruction[] program = new BpfInstruction[4];
            for (int at = 0; at < program.Length; at++)
            {
                state = Next(state);
                program[at] = new BpfInstruction(
                    at == 3 ? (ushort)22 : codes[(int)(state >> 40) % codes.Length], (byte)(state >> 20 & 3), (byte)(state >> 22 & 3),
                    (state >> 24 & 7) == 0 ? unchecked((uint)state) : (uint)(state >> 30 & 31));
            }

            if (BpfProgram.TryCreate([.. program], out BpfProgram? made, out _))
            {
                accepted++;
                state = Next(state);
                packet[(int)(state >> 33) % packet.Length] = (byte)(state >> 16 & 0xFF);
                uint result = made.Run(packet.AsSpan(0, (int)(state >> 8 & 15)), 60, default);
                Assert.True(BpfProgram.TryParse(made.ToString(), out BpfProgram? again, out _));
                Assert.Equal(made.Instructions, (IEnumerable<BpfInstruction>)again.Instructions);
                Assert.Equal(result, again.Run(packet.AsSpan(0, (int)(state >> 8 & 15)), 60, default));
            }
        }

        Assert.InRange(accepted, 1_000, 199_000);
    }

    private static string Listing(string lines)
    {
        string[] all = lines.Split('|', StringSplitOptions.RemoveEmptyEntries);
        return $"{all.Length}\n{string.Join('\n', all)}\n";
    }

    private static BpfProgram Parse(string lines)
    {
        Assert.True(BpfProgram.TryParse(Listing(lines), out BpfProgram? program, out string? error), error);
        return program;
    }

    private static ulong Next(ulong state)
    {
        unchecked
        {
            state ^= state << 13;
            state ^= state >> 7;
            return state ^ (state << 17);
        }
    }
}
