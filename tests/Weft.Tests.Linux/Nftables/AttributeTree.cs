using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Weft.Tests.Linux.Nftables;

/// <summary>Compares attributes that we wrote with attributes that the kernel wrote: same types, in the same order, with
/// the same bytes. The kernel does not flag what is nested, so that flag does not count.</summary>
internal static class AttributeTree
{
    private const int HeaderLength = 4;
    private const ushort NestedFlag = 0x8000;
    private const ushort TypeMask = 0x3FFF;

    /// <summary>What differs, or nothing. Top attributes of the types <paramref name="unmodelled"/> may be missing in
    /// ours.</summary>
    public static string? Difference(ReadOnlySpan<byte> ours, ReadOnlySpan<byte> kernels, params ushort[] unmodelled)
    {
        string left = Describe(ours, ours, []);
        string right = Describe(kernels, ours, unmodelled);
        return left == right ? null : $"ours:\n{left}\nthe kernel's:\n{right}";
    }

    // What is nested is seen from our flags, which stand at the same places.
    private static string Describe(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> model, ushort[] unmodelled)
    {
        StringBuilder text = new();
        Describe(text, 0, bytes, model, unmodelled);
        return text.ToString();
    }

    private static void Describe(
        StringBuilder text, int depth, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> model, ushort[] unmodelled)
    {
        List<(ushort Type, byte[] Value)> models = Split(model);
        int place = 0;
        foreach ((ushort type, byte[] value) in Split(bytes))
        {
            ushort plain = (ushort)(type & TypeMask);
            if (unmodelled.Contains(plain))
            {
                continue;
            }

            (ushort Type, byte[] Value) same = place < models.Count ? models[place++] : default;
            text.Append(' ', 2 * depth).Append(plain).Append(':');
            if ((same.Type & TypeMask) == plain && (same.Type & NestedFlag) != 0)
            {
                text.Append('\n');
                Describe(text, depth + 1, value, same.Value, []);
            }
            else
            {
                text.Append(' ').Append(Convert.ToHexStringLower(value)).Append('\n');
            }
        }
    }

    private static List<(ushort Type, byte[] Value)> Split(ReadOnlySpan<byte> bytes)
    {
        List<(ushort Type, byte[] Value)> attributes = [];
        while (bytes.Length >= HeaderLength)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            attributes.Add((BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]), bytes[HeaderLength..length].ToArray()));
            bytes = bytes[Math.Min((length + 3) & ~3, bytes.Length)..];
        }

        return attributes;
    }
}
