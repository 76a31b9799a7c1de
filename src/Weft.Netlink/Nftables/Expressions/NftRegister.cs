using System.Globalization;

namespace Weft.Netlink.Nftables.Expressions;

/// <summary>A place where expressions of a rule leave values for each other (<c>enum nft_registers</c>): 16 slots of 4
/// bytes, and the verdict.</summary>
/// <remarks>The kernel has two names for every fourth slot (NFT_REG_1 is NFT_REG32_00); here it has one.</remarks>
public readonly record struct NftRegister
{
    private const uint FirstWide = 1; // NFT_REG_1
    private const uint LastWide = 4; // NFT_REG_4
    private const uint FirstNarrow = 8; // NFT_REG32_00
    private const int SlotsOfWide = 4; // NFT_REG_SIZE / NFT_REG32_SIZE

    private NftRegister(uint number)
    {
        Number = number;
    }

    /// <summary>How many slots of 4 bytes there are (NFT_REG32_COUNT).</summary>
    public const int SlotCount = 16;

    /// <summary>NFT_REG_VERDICT: where a verdict map puts what it found.</summary>
    public static NftRegister Verdict => default;

    /// <summary>NFT_REG_1: the first 16 bytes, from slot 0.</summary>
    public static NftRegister First => Slot(0);

    /// <summary>NFT_REG_2: 16 bytes from slot 4.</summary>
    public static NftRegister Second => Slot(SlotsOfWide);

    /// <summary>NFT_REG_3: 16 bytes from slot 8.</summary>
    public static NftRegister Third => Slot(2 * SlotsOfWide);

    /// <summary>NFT_REG_4: 16 bytes from slot 12.</summary>
    public static NftRegister Fourth => Slot(3 * SlotsOfWide);

    /// <summary>The kernel's number, as it dumps it.</summary>
    public uint Number { get; }

    /// <summary>Whether it is the verdict.</summary>
    public bool IsVerdict => Number == 0;

    /// <summary>The slot of 4 bytes where it begins; -1 of the verdict.</summary>
    public int FirstSlot => Number switch
    {
        0 => -1,
        <= LastWide => (int)(Number - FirstWide) * SlotsOfWide,
        _ => (int)(Number - FirstNarrow),
    };

    /// <summary>The register that begins at a slot of 4 bytes, from 0 to 15.</summary>
    public static NftRegister Slot(int slot)
    {
        Weft.Net.Invariant.Holds(slot is >= 0 and < SlotCount);
        return new NftRegister(slot % SlotsOfWide == 0
            ? FirstWide + (uint)(slot / SlotsOfWide)
            : FirstNarrow + (uint)slot);
    }

    /// <summary>Reads either name of a register.</summary>
    internal static bool TryOf(uint number, out NftRegister register)
    {
        register = default;
        switch (number)
        {
            case 0:
                return true;
            case <= LastWide:
                register = new NftRegister(number);
                return true;
            case >= FirstNarrow and < FirstNarrow + SlotCount:
                register = Slot((int)(number - FirstNarrow));
                return true;
            default:
                return false;
        }
    }

    /// <summary><c>reg 9</c>, as nft prints it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"reg {Number}");
}
