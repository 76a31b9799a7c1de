using System;
using System.Collections.Generic;
using System.Text;
using Weft.Net.Captures;

namespace Weft.Net.Decoding.Output;

/// <summary>One JSON object a line: the stable form. Layers flat, outermost first; a name that occurs more than once in
/// a layer has an array.</summary>
public sealed class JsonOutput
{
    private const int Unlinked = -1;

    private readonly Dictionary<string, Name> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<Field, (Name Own, Name? Alias)> _fields = [];
    private readonly TextBuffer _values = new();
    private Occurrence[] _occurrences = new Occurrence[64];
    private int _count;
    private long _layer;

    /// <summary>Writes a packet and the end of the line.</summary>
    public void Write(TextBuffer text, Dissection dissection, ReadOnlySpan<byte> frame, in PacketFacts facts)
    {
        text.Add("{\"number\":"u8).AddDec((ulong)facts.Number);
        if (facts.UnixNanoseconds is { } time)
        {
            text.Add(",\"time\":\""u8);
            PacketTime.WriteDateAndTime(text, time);
            text.AddByte((byte)'"');
        }

        text.Add(",\"length\":"u8).AddDec((ulong)facts.Length).Add(",\"captured\":"u8).AddDec((ulong)facts.Captured);
        WritePlace(text, facts);
        text.Add(",\"layers\":["u8);
        for (int i = 0; i < dissection.Layers.Length; i++)
        {
            Layer layer = dissection.Layers[i];
            text.Add(i == 0 ? "{\"name\":\""u8 : ",{\"name\":\""u8).Add(layer.Format.Name)
                .Add("\",\"offset\":"u8).AddDec((ulong)layer.Offset).Add(",\"length\":"u8).AddDec((ulong)layer.Length)
                .Add(layer.Source == 0 ? ",\"fields\":{"u8 : ",\"joined\":true,\"fields\":{"u8);
            Collect(dissection, layer, dissection.BytesOf(layer.Source, frame));
            WriteFields(text);
            text.Add("},\"problems\":["u8);
            WriteProblems(text, dissection, i);
            text.Add("]}"u8);
        }

        text.Add("]}\n"u8);
    }

    private static void WritePlace(TextBuffer text, in PacketFacts facts)
    {
        if (facts.Interface is { } link)
        {
            AddText(text.Add(",\"interface\":"u8), link);
        }

        if (facts.Direction is PacketDirection.Inbound or PacketDirection.Outbound)
        {
            text.Add(facts.Direction == PacketDirection.Inbound ? ",\"direction\":\"in\""u8 : ",\"direction\":\"out\""u8);
        }

        if (facts.Ways is { Count: > 0 } ways)
        {
            for (int i = 0; i < ways.Count; i++)
            {
                AddText(text.Add(i == 0 ? ",\"ways\":[{\"from\":"u8 : ",{\"from\":"u8), ways[i].From);
                AddText(text.Add(",\"to\":"u8), ways[i].To);
                text.AddByte((byte)'}');
            }

            text.AddByte((byte)']');
        }
    }

    private static void AddText(TextBuffer text, string value) =>
        text.AddByte((byte)'"').AddJson(Encoding.UTF8.GetBytes(value)).AddByte((byte)'"');

    private void WriteProblems(TextBuffer text, Dissection dissection, int layer)
    {
        bool isFirst = true;
        foreach (Problem problem in dissection.Problems)
        {
            if (problem.Layer == layer || (problem.Layer >= dissection.Layers.Length && layer == dissection.Layers.Length - 1))
            {
                text.Add(isFirst ? "\""u8 : ",\""u8);
                _values.Clear();
                problem.WriteTo(_values);
                text.AddJson(_values.Written).AddByte((byte)'"');
                isFirst = false;
            }
        }
    }

    // Values in the order in which they were found, those of one name linked to one another.
    private void Collect(Dissection dissection, in Layer layer, ReadOnlySpan<byte> source)
    {
        _count = 0;
        _layer++;
        _values.Clear();
        FieldCursor cursor = new(dissection, layer, source);
        while (cursor.MoveNext())
        {
            if (cursor.Field is { } field && field.Name.Length > 0)
            {
                int start = _values.Count;
                FieldText.Write(_values, cursor, isJson: true);
                (Name own, Name? alias) = NamesOf(field);
                Link(own, start, _values.Count);
                if (alias is not null)
                {
                    Link(alias, start, _values.Count);
                }
            }
        }
    }

    private void Link(Name name, int start, int end)
    {
        if (_count == _occurrences.Length)
        {
            Array.Resize(ref _occurrences, 2 * _occurrences.Length);
        }

        bool isFirst = name.Layer != _layer;
        if (!isFirst)
        {
            _occurrences[name.Last].Next = _count;
        }

        name.Layer = _layer;
        name.Last = _count;
        ref Occurrence occurrence = ref _occurrences[_count++];
        occurrence.Name = name;
        occurrence.Start = start;
        occurrence.End = end;
        occurrence.Next = Unlinked;
        occurrence.IsFirst = isFirst;
    }

    private void WriteFields(TextBuffer text)
    {
        for (int i = 0; i < _count; i++)
        {
            ref Occurrence first = ref _occurrences[i];
            if (!first.IsFirst)
            {
                continue;
            }

            if (i > 0)
            {
                text.AddByte((byte)',');
            }

            text.Add(first.Name.Key);
            if (first.Next == Unlinked)
            {
                WriteValue(text, first);
                continue;
            }

            for (int at = i; at != Unlinked; at = _occurrences[at].Next)
            {
                text.AddByte(at == i ? (byte)'[' : (byte)',');
                WriteValue(text, _occurrences[at]);
            }

            text.AddByte((byte)']');
        }
    }

    private void WriteValue(TextBuffer text, in Occurrence value) =>
        text.AddByte((byte)'"').Add(_values.Written[value.Start..value.End]).AddByte((byte)'"');

    // Several fields may have one name: where a header has variants.
    private (Name Own, Name? Alias) NamesOf(Field field)
    {
        if (!_fields.TryGetValue(field, out (Name Own, Name? Alias) names))
        {
            names = (NameOf(field.Name), field.Alias is { } alias ? NameOf(alias) : null);
            _fields.Add(field, names);
        }

        return names;
    }

    private Name NameOf(string text)
    {
        if (!_names.TryGetValue(text, out Name? name))
        {
            name = new Name(Encoding.UTF8.GetBytes($"\"{text}\":"));
            _names.Add(text, name);
        }

        return name;
    }

    // A key of the object, and where it was last seen.
    private sealed class Name(byte[] key)
    {
        public byte[] Key { get; } = key;

        public long Layer { get; set; }

        public int Last { get; set; }
    }

    private struct Occurrence
    {
        public Name Name;
        public int Start;
        public int End;
        public int Next;
        public bool IsFirst;
    }
}
