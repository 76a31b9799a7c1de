using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;

namespace Weft.Net.Formats.Applications;

/// <summary>Messages of a TLS handshake (RFC 8446, 4; RFC 5246, 7.4), as long as they are not encrypted.</summary>
internal static class TlsHandshake
{
    private const int HeadLength = 4;
    private const int HelloFixedLength = 34;
    private const byte ClientHello = 1;
    private const byte ServerHello = 2;
    private const int ServerName = 0;
    private const int SupportedGroups = 10;
    private const int PointFormats = 11;
    private const int SignatureAlgorithms = 13;
    private const int ApplicationProtocols = 16;
    private const int SupportedVersions = 43;
    private const int KeyShare = 51;
    private const int Padding = 21;
    private const int KeyModes = 45;

    private static readonly Field Type = Field.Dec("tls.handshake.type", "message", TlsWords.Handshake);
    private static readonly Field Length = Field.Dec("tls.handshake.length", "length");
    private static readonly Field Version = Field.Hex("tls.handshake.version", "version", TlsWords.Version);
    private static readonly Field Random = Field.Bytes("tls.handshake.random", "random");
    private static readonly Field SessionLength = Field.Dec("tls.handshake.session_id_length", "length of the session's id");
    private static readonly Field Session = Field.Bytes("tls.handshake.session_id", "session");
    private static readonly Field SuitesLength = Field.Dec("tls.handshake.cipher_suites_length", "length of the cipher suites");
    private static readonly Field Suite = Field.Hex("tls.handshake.ciphersuite", "cipher suite", TlsWords.Suite);
    private static readonly Field MethodsLength = Field.Dec("tls.handshake.comp_methods_length", "compression methods");
    private static readonly Field Method = Field.Dec("tls.handshake.comp_method", "compression");
    private static readonly Field ExtensionsLength = Field.Dec("tls.handshake.extensions_length", "length of the extensions");
    private static readonly Field ExtensionType = Field.Dec("tls.handshake.extension.type", "extension", TlsWords.Extension);
    private static readonly Field ExtensionLength = Field.Dec("tls.handshake.extension.len", "length");
    private static readonly Field ExtensionData = Field.Bytes("tls.handshake.extension.data", "data");
    private static readonly Field NameListLength = Field.Dec("tls.handshake.extensions_server_name_list_len", "length of the list");
    private static readonly Field NameType = Field.Dec("tls.handshake.extensions_server_name_type", "kind of name");
    private static readonly Field NameLength = Field.Dec("tls.handshake.extensions_server_name_len", "length of the name");
    private static readonly Field Name = Field.Text("tls.handshake.extensions_server_name", "server's name");
    private static readonly Field GroupsLength = Field.Dec("tls.handshake.extensions_supported_groups_length", "length of the list");
    private static readonly Field Group = Field.Hex("tls.handshake.extensions_supported_group", "group", TlsWords.Group);
    private static readonly Field FormatsLength = Field.Dec("tls.handshake.extensions_ec_point_formats_length", "length of the list");
    private static readonly Field PointFormat = Field.Dec("tls.handshake.extensions_ec_point_format", "point format");
    private static readonly Field AlgorithmsLength = Field.Dec("tls.handshake.sig_hash_alg_len", "length of the list");
    private static readonly Field Algorithm = Field.Hex("tls.handshake.sig_hash_alg", "signature algorithm");
    private static readonly Field ProtocolsLength = Field.Dec("tls.handshake.extensions_alpn_len", "length of the list");
    private static readonly Field ProtocolLength = Field.Dec("tls.handshake.extensions_alpn_str_len", "length of the protocol");
    private static readonly Field Protocol = Field.Text("tls.handshake.extensions_alpn_str", "protocol");
    private static readonly Field VersionsLength = Field.Dec("tls.handshake.extensions.supported_versions_len", "length of the list");
    private static readonly Field SupportedVersion =
        Field.Hex("tls.handshake.extensions.supported_version", "version", TlsWords.Version);

    private static readonly Field PaddingData = Field.Bytes("tls.handshake.extensions_padding_data", "padding");
    private static readonly Field ModesLength = Field.Dec("tls.extension.psk_ke_modes_length", "length of the list");
    private static readonly Field Mode = Field.Dec("tls.extension.psk_ke_mode", "key exchange mode");
    private static readonly Field SharesLength = Field.Dec("tls.handshake.extensions_key_share_client_length", "length of the list");
    private static readonly Field ShareGroup = Field.Dec("tls.handshake.extensions_key_share_group", "group", TlsWords.Group);
    private static readonly Field ShareLength =
        Field.Dec("tls.handshake.extensions_key_share_key_exchange_length", "length of the key");

    private static readonly Field Share = Field.Bytes("tls.handshake.extensions_key_share_key_exchange", "key");

    public static void Dissect(ref Walk walk, int at, int end, bool isWhole)
    {
        while (end - at >= HeadLength)
        {
            byte type = walk.Bytes[at];
            int length = (int)walk.U24(at + 1);
            if (TlsWords.Handshake(type) is null || (isWhole && length > end - at - HeadLength))
            {
                return; // Encrypted, or the second part of a message.
            }

            int messageEnd = Math.Min(end, at + HeadLength + length);
            walk.Begin(TlsWords.Handshake(type)!, at, messageEnd - at);
            walk.Number(Type, at, 1, type);
            walk.Number(Length, at + 1, 3, (ulong)length);
            if (type is ClientHello or ServerHello)
            {
                Hello(ref walk, type == ClientHello, at + HeadLength, messageEnd, isWhole);
            }

            walk.Close();
            at = messageEnd;
        }
    }

    public static void WriteLine(TextBuffer text, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadLength || TlsWords.Handshake(bytes[0]) is not { } word)
        {
            text.Add("handshake"u8);
            return;
        }

        text.Add(word);
        ReadOnlySpan<byte> name = ServerNameIn(bytes);
        if (!name.IsEmpty)
        {
            text.Add(" for "u8).AddPrintable(name);
        }
    }

    private static void Hello(ref Walk walk, bool isClient, int at, int end, bool isWhole)
    {
        if (end - at < HelloFixedLength + 1)
        {
            Lacks(ref walk, at, end, HelloFixedLength + 1, isWhole);
            return;
        }

        walk.Number(Version, at, 2, walk.U16(at));
        walk.Bytewise(Random, at + 2, 32);
        at += HelloFixedLength;
        int session = walk.Bytes[at];
        walk.Number(SessionLength, at, 1, (ulong)session);
        if (end - at < session + 1)
        {
            Lacks(ref walk, at, end, session + 1, isWhole);
            return;
        }

        if (session > 0)
        {
            walk.Bytewise(Session, at + 1, session);
        }

        at += session + 1;
        if (!(isClient ? Offers(ref walk, ref at, end, isWhole) : Choice(ref walk, ref at, end, isWhole)) || end - at < 2)
        {
            return;
        }

        int length = walk.U16(at);
        walk.Number(ExtensionsLength, at, 2, (ulong)length);
        at += 2;
        if (length > end - at)
        {
            Lacks(ref walk, at, end, length, isWhole);
        }

        Extensions(ref walk, isClient, at, Math.Min(end, at + length));
    }

    private static bool Offers(ref Walk walk, ref int at, int end, bool isWhole)
    {
        int length = end - at >= 2 ? walk.U16(at) : int.MaxValue / 2;
        if (end - at < length + 3)
        {
            Lacks(ref walk, at, end, length + 3, isWhole);
            return false;
        }

        walk.Number(SuitesLength, at, 2, (ulong)length);
        for (int i = 0; i + 2 <= length; i += 2)
        {
            walk.Number(Suite, at + 2 + i, 2, walk.U16(at + 2 + i));
        }

        at += length + 2;
        int methods = walk.Bytes[at];
        if (end - at < methods + 1)
        {
            Lacks(ref walk, at, end, methods + 1, isWhole);
            return false;
        }

        walk.Number(MethodsLength, at, 1, (ulong)methods);
        for (int i = 1; i <= methods; i++)
        {
            walk.Number(Method, at + i, 1, walk.Bytes[at + i]);
        }

        at += methods + 1;
        return true;
    }

    private static bool Choice(ref Walk walk, ref int at, int end, bool isWhole)
    {
        if (end - at < 3)
        {
            Lacks(ref walk, at, end, 3, isWhole);
            return false;
        }

        walk.Number(Suite, at, 2, walk.U16(at));
        walk.Number(Method, at + 2, 1, walk.Bytes[at + 2]);
        at += 3;
        return true;
    }

    private static void Extensions(ref Walk walk, bool isClient, int at, int end)
    {
        while (end - at >= 4)
        {
            int type = walk.U16(at);
            int length = walk.U16(at + 2);
            walk.Number(ExtensionType, at, 2, (ulong)type);
            walk.Number(ExtensionLength, at + 2, 2, (ulong)length);
            if (length > end - at - 4)
            {
                return;
            }

            Extension(ref walk, isClient, type, at + 4, at + 4 + length);
            at += 4 + length;
        }
    }

    private static void Extension(ref Walk walk, bool isClient, int type, int at, int end)
    {
        int length = end - at;
        switch (type)
        {
            case ServerName when length >= 5:
                Names(ref walk, at, end);
                break;
            case SupportedGroups when length >= 2:
                walk.Number(GroupsLength, at, 2, walk.U16(at));
                Numbers(ref walk, Group, at + 2, end);
                break;
            case PointFormats when length >= 1:
                walk.Number(FormatsLength, at, 1, walk.Bytes[at]);
                for (at++; at < end; at++)
                {
                    walk.Number(PointFormat, at, 1, walk.Bytes[at]);
                }

                break;
            case SignatureAlgorithms when length >= 2:
                walk.Number(AlgorithmsLength, at, 2, walk.U16(at));
                Numbers(ref walk, Algorithm, at + 2, end);
                break;
            case ApplicationProtocols when length >= 2:
                Protocols(ref walk, at, end);
                break;
            case SupportedVersions when isClient && length >= 1:
                walk.Number(VersionsLength, at, 1, walk.Bytes[at]);
                Numbers(ref walk, SupportedVersion, at + 1, end);
                break;
            case SupportedVersions when length == 2:
                walk.Number(SupportedVersion, at, 2, walk.U16(at));
                break;
            case Padding when length > 0:
                walk.Bytewise(PaddingData, at, length);
                break;
            case KeyModes when length >= 1:
                walk.Number(ModesLength, at, 1, walk.Bytes[at]);
                for (at++; at < end; at++)
                {
                    walk.Number(Mode, at, 1, walk.Bytes[at]);
                }

                break;
            case KeyShare when length >= 2:
                Shares(ref walk, isClient, at, end);
                break;
            default:
                if (length > 0)
                {
                    walk.Bytewise(ExtensionData, at, length);
                }

                break;
        }
    }

    private static void Names(ref Walk walk, int at, int end)
    {
        walk.Number(NameListLength, at, 2, walk.U16(at));
        at += 2;
        while (end - at >= 3)
        {
            int length = walk.U16(at + 1);
            walk.Number(NameType, at, 1, walk.Bytes[at]);
            walk.Number(NameLength, at + 1, 2, (ulong)length);
            if (length > end - at - 3)
            {
                walk.Report(ProblemKind.Malformed, at + 1, "tls.handshake.extensions_server_name_len", length, end - at - 3);
                return;
            }

            walk.Text(Name, at + 3, length, walk.Bytes.Slice(at + 3, length));
            at += length + 3;
        }
    }

    private static void Protocols(ref Walk walk, int at, int end)
    {
        walk.Number(ProtocolsLength, at, 2, walk.U16(at));
        at += 2;
        while (at < end && walk.Bytes[at] <= end - at - 1)
        {
            int length = walk.Bytes[at];
            walk.Number(ProtocolLength, at, 1, (ulong)length);
            walk.Text(Protocol, at + 1, length, walk.Bytes.Slice(at + 1, length));
            at += length + 1;
        }
    }

    private static void Shares(ref Walk walk, bool isClient, int at, int end)
    {
        if (isClient)
        {
            walk.Number(SharesLength, at, 2, walk.U16(at));
            at += 2;
        }

        while (end - at >= 4)
        {
            int length = walk.U16(at + 2);
            walk.Number(ShareGroup, at, 2, walk.U16(at));
            walk.Number(ShareLength, at + 2, 2, (ulong)length);
            if (length > end - at - 4)
            {
                return;
            }

            if (length > 0)
            {
                walk.Bytewise(Share, at + 4, length);
            }

            at += length + 4;
        }
    }

    private static void Numbers(ref Walk walk, Field field, int at, int end)
    {
        for (; at + 2 <= end; at += 2)
        {
            walk.Number(field, at, 2, walk.U16(at));
        }
    }

    private static void Lacks(ref Walk walk, int at, int end, int needed, bool isWhole) => walk.Report(
        isWhole ? ProblemKind.Malformed : ProblemKind.Length, at, "a hello of TLS", end - at, needed);

    private static ReadOnlySpan<byte> ServerNameIn(ReadOnlySpan<byte> bytes)
    {
        int at = HeadLength + HelloFixedLength;
        if (bytes[0] != ClientHello || at >= bytes.Length)
        {
            return default;
        }

        at += bytes[at] + 1;
        if (at + 2 > bytes.Length)
        {
            return default;
        }

        at += NetworkOrder.ReadUInt16(bytes, at) + 2;
        if (at >= bytes.Length)
        {
            return default;
        }

        at += bytes[at] + 3;
        while (at + 4 <= bytes.Length)
        {
            int length = NetworkOrder.ReadUInt16(bytes, at + 2);
            if (NetworkOrder.ReadUInt16(bytes, at) == ServerName && length > 5 && at + 4 + length <= bytes.Length)
            {
                return bytes.Slice(at + 9, length - 5);
            }

            at += length + 4;
        }

        return default;
    }
}
