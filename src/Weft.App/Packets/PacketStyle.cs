namespace Weft.App.Packets;

/// <summary>How packets are shown.</summary>
internal enum PacketStyle
{
    /// <summary>A line each.</summary>
    Line,

    /// <summary>Every field, nested.</summary>
    Tree,

    /// <summary>Headers as boxes of bits.</summary>
    Boxes,

    /// <summary>An object a line.</summary>
    Json,
}
