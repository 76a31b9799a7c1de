using CsCheck;
using Weft.Net.Bytes;
using Xunit;

namespace Weft.Tests.Net.Bytes;

public sealed class InternetChecksumTests
{
    [Fact]
    public void The_example_of_rfc_1071_section_3_sums_to_ddf2()
    {
        byte[] bytes = Hex.ToBytes("0001 f203 f4f5 f6f7");
        Assert.Equal(0x220D, InternetChecksum.Of(bytes)); // The complement of 0xDDF2.
    }

    [Fact]
    public void The_example_of_rfc_1624_section_4_gives_0000_and_not_ffff()
    {
        Assert.Equal(0x0000, InternetChecksum.Update(0xDD2F, (ushort)0x5555, 0x3285));
    }

    [Theory]
    [InlineData("", 0xFFFF)]
    [InlineData("01", 0xFEFF)]
    [InlineData("ffff", 0x0000)]
    [InlineData("ffffffffffff", 0x0000)]
    [InlineData("4500003044224000800600008c7c19acae241e2b", 0x442E)]
    public void Known_bytes_have_known_checksums(string hex, int checksum)
    {
        Assert.Equal(checksum, InternetChecksum.Of(Hex.ToBytes(hex)));
    }

    [Fact]
    public void A_fast_sum_equals_the_sum_word_by_word_and_verifies()
    {
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            uint sum = 0;
            for (int i = 0; i < bytes.Length; i++)
            {
                sum += (uint)bytes[i] << (i % 2 == 0 ? 8 : 0);
                sum = (sum & 0xFFFF) + (sum >> 16);
            }

            ushort checksum = InternetChecksum.Of(bytes);
            Assert.Equal((ushort)(sum ^ 0xFFFF), checksum);
            byte[] whole = new byte[bytes.Length + (bytes.Length % 2) + 2];
            bytes.CopyTo(whole, 0);
            NetworkOrder.WriteUInt16(whole, whole.Length - 2, checksum);
            Assert.True(InternetChecksum.Verifies(whole));
        });
    }

    [Fact]
    public void A_change_of_a_word_gives_a_checksum_that_verifies()
    {
        Gen.Select(Gen.Byte.Array[8, 60], Gen.UInt, Gen.UShort).Sample((bytes, word, half) =>
        {
            byte[] covered = bytes[..(bytes.Length & ~3)];
            ushort before = InternetChecksum.Of(covered);
            ushort updated = InternetChecksum.Update(before, NetworkOrder.ReadUInt32(covered, 4), word);
            NetworkOrder.WriteUInt32(covered, 4, word);
            updated = InternetChecksum.Update(updated, NetworkOrder.ReadUInt16(covered), half);
            NetworkOrder.WriteUInt16(covered, 0, half);
            Assert.True(InternetChecksum.Verifies([.. covered, (byte)(updated >> 8), (byte)(updated & 0xFF)]));
        });
    }
}
