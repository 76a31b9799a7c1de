using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using Weft.Model.Documents;

namespace Weft.Model.Watch;

/// <summary>One line of a watch: what happened to one resource (Kubernetes' watch protocol).</summary>
/// <param name="Type">What happened.</param>
/// <param name="Object">The resource's document as it is, or was when it was deleted; for a bookmark only kind and
/// <c>metadata.resourceVersion</c>; for an error a Kubernetes <c>Status</c>.</param>
public sealed record WatchFrame(WatchFrameType Type, MappingNode Object)
{
    private const int Expired = 410;

    /// <summary>Whether this says that the watch's revision is too old: list again, then watch from there.</summary>
    public bool IsExpired =>
        Type == WatchFrameType.Error && Object.Find("code") is ScalarNode { Text: "410" };

    /// <summary>The revision that the frame brings its reader to; 0 if it says none.</summary>
    public long ResourceVersion =>
        (Object.Find("metadata") as MappingNode)?.FindText("resourceVersion") is string text
        && long.TryParse(text, out long revision) ? revision : 0;

    /// <summary>A bookmark: nothing happened up to this revision.</summary>
    public static WatchFrame Bookmark(string apiVersion, string kind, long revision) => new(
        WatchFrameType.Bookmark,
        new MappingBuilder()
            .Add("apiVersion", apiVersion)
            .Add("kind", kind)
            .Add("metadata", new MappingBuilder().AddText<long>("resourceVersion", revision).Build())
            .Build());

    /// <summary>The watch's revision is too old.</summary>
    public static WatchFrame ExpiredAt(long revision) => new(
        WatchFrameType.Error,
        new MappingBuilder()
            .Add("apiVersion", "v1")
            .Add("kind", "Status")
            .Add("status", "Failure")
            .Add("message", $"revision {revision} is no longer kept: list again, then watch from there")
            .Add("reason", "Expired")
            .Add("code", Expired)
            .Build());

    /// <summary>The frame as one line of JSON, without the newline.</summary>
    public byte[] ToJson() => JsonText.Write(
        new MappingBuilder().Add("type", NameOf(Type)).Add("object", Object).Build());

    /// <summary>Reads one line.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, [NotNullWhen(true)] out WatchFrame? frame)
    {
        List<Diagnostic> errors = [];
        frame = null;
        if (JsonText.ParseOne(line, null, errors) is MappingNode mapping
            && mapping.FindText("type") is string type
            && TypeOf(type) is WatchFrameType known
            && mapping.Find("object") is MappingNode content)
        {
            frame = new WatchFrame(known, content);
        }

        return frame is not null;
    }

    private static string NameOf(WatchFrameType type) => type switch
    {
        WatchFrameType.Added => "ADDED",
        WatchFrameType.Modified => "MODIFIED",
        WatchFrameType.Deleted => "DELETED",
        WatchFrameType.Bookmark => "BOOKMARK",
        _ => "ERROR",
    };

    private static WatchFrameType? TypeOf(string name) => name switch
    {
        "ADDED" => WatchFrameType.Added,
        "MODIFIED" => WatchFrameType.Modified,
        "DELETED" => WatchFrameType.Deleted,
        "BOOKMARK" => WatchFrameType.Bookmark,
        "ERROR" => WatchFrameType.Error,
        _ => null,
    };
}

/// <summary>What a line of a watch says.</summary>
public enum WatchFrameType
{
    /// <summary>The resource is new, or was there when the watch began.</summary>
    Added,

    /// <summary>The resource changed.</summary>
    Modified,

    /// <summary>The resource is gone.</summary>
    Deleted,

    /// <summary>Nothing happened up to a revision.</summary>
    Bookmark,

    /// <summary>The watch ends, and why.</summary>
    Error,
}
