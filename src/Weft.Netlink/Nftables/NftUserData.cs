using System;
using System.Text;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Nftables;

/// <summary>User data of nf_tables objects as libnftnl writes it, so that <c>nft list ruleset</c> shows our comments: a
/// list of a type (1 byte), a length (1 byte), and so many bytes. The kernel keeps it and does not look at it.</summary>
/// <remarks>Types: libnftnl's <c>udata.h</c>. The comment is type 0 of all objects but sets.</remarks>
public static class NftUserData
{
    /// <summary>Bytes of a comment at most: what the kernel takes, less header and zero byte.</summary>
    public const int CommentLengthMax = LengthMax - HeaderLength - 1;

    // NFT_USERDATA_MAXLEN is 256. But the kernel counts an element's in 8 bits, with a byte of its own: 255 are refused
    // with EINVAL or EEXIST, and 256 silently lost.
    private const int LengthMax = 254;
    private const int HeaderLength = 2;
    private const byte CommentType = 0; // NFTNL_UDATA_RULE_COMMENT and its like
    private const byte KeyOrderType = 0; // NFTNL_UDATA_SET_KEYBYTEORDER
    private const byte DataOrderType = 1; // NFTNL_UDATA_SET_DATABYTEORDER
    private const byte SetCommentType = 7; // NFTNL_UDATA_SET_COMMENT
    private const byte FlagsType = 1; // NFTNL_UDATA_SET_ELEM_FLAGS
    private const uint OpenFlag = 1; // NFTNL_SET_ELEM_F_INTERVAL_OPEN
    private const int FlagsLength = 4;
    private const string Cut = "...";

    /// <summary>A comment of a table, chain, rule, element or named object. One that is too long is cut, and ends in
    /// <c>...</c>. None for null or empty.</summary>
    public static NftBytes OfComment(string? comment)
    {
        Span<byte> buffer = stackalloc byte[LengthMax];
        return new NftBytes(buffer[..WriteComment(buffer, CommentType, comment, CommentLengthMax)]);
    }

    /// <summary>A comment of an element that begins an interval which reaches to the last key there is: nft wants to be
    /// told.</summary>
    public static NftBytes OfOpenInterval(string? comment)
    {
        Span<byte> buffer = stackalloc byte[LengthMax];
        int room = CommentLengthMax - HeaderLength - FlagsLength;
        int length = WriteComment(buffer, CommentType, comment, room);
        length += WriteNumber(buffer[length..], FlagsType, OpenFlag);
        return new NftBytes(buffer[..length]);
    }

    /// <summary>The comment in the user data of a table, chain, rule, element or named object; null if there is none.
    /// </summary>
    public static string? CommentOf(NftBytes userData) => ReadText(userData.Span, CommentType);

    /// <summary>What nft wants to know of a set: the order of bytes of its key, and of its data, and a comment, which is
    /// cut if it is too long.</summary>
    public static NftBytes OfSet(NftByteOrder key, NftByteOrder? data, string? comment)
    {
        Span<byte> buffer = stackalloc byte[LengthMax];
        int length = WriteNumber(buffer, KeyOrderType, (uint)key);
        if (data is NftByteOrder order)
        {
            length += WriteNumber(buffer[length..], DataOrderType, (uint)order);
        }

        int room = LengthMax - length - HeaderLength - 1;
        length += WriteComment(buffer[length..], SetCommentType, comment, room);
        return new NftBytes(buffer[..length]);
    }

    /// <summary>The comment in the user data of a set; null if there is none.</summary>
    public static string? CommentOfSet(NftBytes userData) => ReadText(userData.Span, SetCommentType);

    private static int WriteNumber(Span<byte> destination, byte type, uint value)
    {
        destination[0] = type;
        destination[1] = sizeof(uint);
        HostOrder.WriteUInt32(destination, HeaderLength, value);
        return HeaderLength + sizeof(uint);
    }

    private static int WriteComment(Span<byte> destination, byte type, string? comment, int lengthMax)
    {
        if (string.IsNullOrEmpty(comment))
        {
            return 0;
        }

        int length = Encoding.UTF8.GetByteCount(comment);
        Span<byte> text = destination[HeaderLength..];
        if (length <= lengthMax)
        {
            Encoding.UTF8.GetBytes(comment, text);
        }
        else
        {
            // A character of several bytes is not cut in two: what does not fit whole is left out.
            Encoding.UTF8.GetEncoder().Convert(
                comment, text[..(lengthMax - Cut.Length)], flush: true, out _, out length, out _);
            length += Encoding.UTF8.GetBytes(Cut, text[length..]);
        }

        Invariant.Holds(length < byte.MaxValue);
        text[length] = 0;
        destination[0] = type;
        destination[1] = (byte)(length + 1);
        return HeaderLength + length + 1;
    }

    private static string? ReadText(ReadOnlySpan<byte> data, byte type)
    {
        while (data.Length >= HeaderLength && HeaderLength + data[1] <= data.Length)
        {
            ReadOnlySpan<byte> value = data.Slice(HeaderLength, data[1]);
            if (data[0] == type)
            {
                return Encoding.UTF8.GetString(value.TrimEnd((byte)0));
            }

            data = data[(HeaderLength + value.Length)..];
        }

        return null;
    }
}
