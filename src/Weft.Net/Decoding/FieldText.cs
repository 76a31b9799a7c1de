using System;

namespace Weft.Net.Decoding;

/// <summary>Writes the value of a field as tshark's <c>-T fields</c> does.</summary>
internal static class FieldText
{
    /// <summary>Writes the value at which a walk stands.</summary>
    public static void Write(TextBuffer text, in FieldCursor at, bool isJson)
    {
        Field field = at.Field!;
        if (at.IsText)
        {
            if (isJson)
            {
                text.AddJson(at.MadeText);
            }
            else
            {
                text.AddPrintable(at.MadeText);
            }

            return;
        }

        switch (field.Type)
        {
            case FieldType.Decimal:
                text.AddDec(unchecked(at.Number * (ulong)field.Scale));
                break;
            case FieldType.Signed:
                text.AddSigned(Signed(at.Number, at.Width));
                break;
            case FieldType.Flag:
                text.AddByte(at.Number == 0 ? (byte)'0' : (byte)'1');
                break;
            case FieldType.Hexadecimal:
                text.AddHex(at.Number, field.Digits > 0 ? field.Digits : 2 * Math.Max(1, (at.Width + 7) / 8));
                break;
            case FieldType.Ipv4 when at.Width >= 32:
                text.AddIpv4(at.Bytes);
                break;
            case FieldType.Ipv6 when at.Width >= 128:
                text.AddIpv6(at.Bytes);
                break;
            case FieldType.Mac:
                text.AddMac(at.Bytes);
                break;
            case FieldType.Text when isJson:
                text.AddJson(at.Bytes);
                break;
            case FieldType.Text:
                text.AddPrintable(at.Bytes);
                break;
            default:
                text.AddHexBytes(at.Bytes);
                break;
        }
    }

    private static long Signed(ulong value, int width) =>
        width is > 0 and < 64 && (value >> (width - 1) & 1) != 0
            ? unchecked((long)(value | (ulong.MaxValue << width)))
            : unchecked((long)value);
}
