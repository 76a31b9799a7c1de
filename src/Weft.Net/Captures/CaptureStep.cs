namespace Weft.Net.Captures;

/// <summary>What one step of reading a capture came to.</summary>
public enum CaptureStep
{
    /// <summary>A packet.</summary>
    Packet,

    /// <summary>The bytes do not suffice: come again with more of them.</summary>
    NeedMore,

    /// <summary>The capture has come to its end.</summary>
    End,

    /// <summary>The file ends within a record: what came before it is right.</summary>
    CutShort,

    /// <summary>A record cannot be right, and nothing behind it can be found: what came before it is right.</summary>
    Malformed,

    /// <summary>The bytes are no capture.</summary>
    NotACapture,
}
