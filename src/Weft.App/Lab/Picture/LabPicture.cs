using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Weft.Net;

namespace Weft.App.Lab.Picture;

/// <summary>Draws a lab as text: each segment as a cable, above it the routers that join it, below it nodes
/// with their workloads, and hosts. A pure function of the lab's status.</summary>
internal static class LabPicture
{
    private const int BoxGap = 2;

    /// <summary>The picture, each line ended.</summary>
    public static string Draw(LabStatus status)
    {
        StringBuilder picture = new();
        foreach (SegmentStatus segment in status.Segments)
        {
            DrawSegment(picture, status, segment);
        }

        return picture.ToString();
    }

    private static void DrawSegment(StringBuilder picture, LabStatus status, SegmentStatus segment)
    {
        picture.AppendLine(
            $"═══ {segment.Name}   {string.Join("   ", segment.Cidrs)}   mtu {segment.Mtu} ".PadRight(78, '═'));
        List<string[]> boxes =
        [
            .. status.Routers.SelectMany(router => router.Interfaces
                .Where(link => link.Segment == segment.Name)
                .Select(link => DrawRouter(router, link))),
            .. status.Nodes.Where(node => IsOn(node.Interfaces, segment)).Select(node => DrawNode(status, node)),
            .. status.Hosts.Where(host => IsOn(host.Interfaces, segment))
                .Select(host => Box($"{host.Name} (host)", [.. host.Addresses.Select(a => $"eth0 {a}")], [])),
        ];
        foreach (List<string[]> row in RowsOf(boxes))
        {
            DrawRow(picture, row);
        }

        picture.AppendLine();
    }

    private static string[] DrawRouter(MemberStatus router, InterfaceStatus link) => Box(
        $"{router.Name} (router)",
        [.. link.Addresses.Select(address => $"{link.Name} {address.Address}"), .. OtherSides(router, link)],
        []);

    private static string[] DrawNode(LabStatus status, LabNodeStatus node)
    {
        WorkloadStatus[] workloads = [.. status.Workloads.Where(workload => workload.Node == node.Name)];
        int width = workloads.Select(workload => workload.Name.Length).DefaultIfEmpty(0).Max();
        return Box(
            $"{node.Name} (node{(node.Ready ? "" : ", not ready")})",
            [.. node.Addresses.Select(address => $"eth0 {address}")],
            [.. workloads.Select(workload => $"{workload.Name.PadRight(width)} {Join(workload.Addresses)}")]);
    }

    private static string Join(IReadOnlyList<IpAddress> addresses) =>
        addresses.Count == 0 ? "(no address)" : string.Join(' ', addresses);

    private static bool IsOn(IReadOnlyList<InterfaceStatus> interfaces, SegmentStatus segment) =>
        interfaces.Any(link => link.Segment == segment.Name);

    private static IEnumerable<string> OtherSides(MemberStatus router, InterfaceStatus here)
    {
        string[] others = [.. router.Interfaces.Where(link => link.Name != here.Name).Select(link => link.Segment)];
        return others.Length == 0 ? [] : [$"to {string.Join(", ", others)}"];
    }

    private static string[] Box(string title, string[] lines, string[] inner)
    {
        int width = lines.Concat(inner).Append(title).Max(line => line.Length);
        string bar = new('─', width + 2);
        return
        [
            $"┌{string.Concat("┴", bar.AsSpan(1))}┐",
            $"│ {title.PadRight(width)} │",
            .. lines.Select(line => $"│ {line.PadRight(width)} │"),
            .. inner.Length == 0 ? Array.Empty<string>() : [$"├{bar}┤"],
            .. inner.Select(line => $"│ {line.PadRight(width)} │"),
            $"└{bar}┘",
        ];
    }

    // As many boxes side by side as fit into a terminal's line.
    private static IEnumerable<List<string[]>> RowsOf(List<string[]> boxes)
    {
        const int LineMax = 100;
        List<string[]> row = [];
        int used = 0;
        foreach (string[] box in boxes)
        {
            int width = box[0].Length + BoxGap;
            if (row.Count > 0 && used + width > LineMax)
            {
                yield return row;
                (row, used) = ([], 0);
            }

            row.Add(box);
            used += width;
        }

        if (row.Count > 0)
        {
            yield return row;
        }
    }

    private static void DrawRow(StringBuilder picture, List<string[]> row)
    {
        string gap = new(' ', BoxGap);
        int height = row.Max(box => box.Length);
        picture.AppendLine(
            (gap + string.Join(gap, row.Select(box => $" │{new string(' ', box[0].Length - 2)}"))).TrimEnd());
        for (int line = 0; line < height; line++)
        {
            int at = line;
            picture.AppendLine((gap + string.Join(
                gap, row.Select(box => at < box.Length ? box[at] : new string(' ', box[0].Length)))).TrimEnd());
        }
    }
}
