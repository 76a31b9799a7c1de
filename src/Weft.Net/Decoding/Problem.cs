namespace Weft.Net.Decoding;

/// <summary>What is not right about a packet.</summary>
public enum ProblemKind
{
    /// <summary>Bytes that cannot be what they should be.</summary>
    Malformed,

    /// <summary>The capture kept less than the packet had.</summary>
    Cut,

    /// <summary>A checksum that is wrong.</summary>
    Checksum,

    /// <summary>A checksum that is unfinished: the network card was to finish it.</summary>
    Unfinished,

    /// <summary>Two lengths that contradict each other.</summary>
    Length,
}

/// <summary>One thing that is not right, and where.</summary>
/// <param name="Kind">What sort.</param>
/// <param name="Layer">In which layer.</param>
/// <param name="Offset">At which byte of the frame.</param>
/// <param name="Text">What it is about.</param>
/// <param name="Found">The number that was found.</param>
/// <param name="Expected">The number that was expected.</param>
public readonly record struct Problem(ProblemKind Kind, int Layer, int Offset, string Text, long Found, long Expected)
{
    internal const long None = -1;

    /// <summary>Writes it as a sentence.</summary>
    public void WriteTo(TextBuffer text)
    {
        text.Add(Text);
        switch (Kind)
        {
            case ProblemKind.Checksum:
                text.Add(" "u8).AddHex((ulong)Found, 4).Add(" is wrong, "u8).AddHex((ulong)Expected, 4)
                    .Add(" expected"u8);
                break;
            case ProblemKind.Unfinished:
                text.Add(" "u8).AddHex((ulong)Found, 4).Add(" is unfinished by offload, not wrong: "u8)
                    .AddHex((ulong)Expected, 4).Add(" when finished"u8);
                break;
            case ProblemKind.Cut:
                text.Add(": cut short, "u8).AddDec((ulong)Found).Add(" of "u8).AddDec((ulong)Expected)
                    .Add(" bytes captured"u8);
                break;
            default:
                if (Found != None)
                {
                    text.Add(": "u8).AddSigned(Found);
                }

                if (Expected != None)
                {
                    text.Add(Found == None ? ": "u8 : ", "u8).AddSigned(Expected).Add(" expected"u8);
                }

                break;
        }
    }
}
