using System.Collections.Generic;
using System.Collections.Immutable;
using Weft.Net.Bpf;

namespace Weft.Net.Filters;

/// <summary>Lays the nodes of a <see cref="DecisionGraph"/> out as a program: forward jumps only, and no value loaded
/// that is still there.</summary>
internal static class BpfAssembler
{
    private const int JumpMax = byte.MaxValue;

    /// <summary>The program, or why there is none.</summary>
    public static BpfProgram? Assemble(
        IReadOnlyList<BpfInstruction> prologue, FilterTest test, uint snapLength, out string? error)
    {
        DecisionGraph graph = DecisionGraph.Of(test);
        List<DecisionNode> order = graph.InOrder();
        List<Block> blocks = Blocks(order);
        Place(blocks, prologue.Count);
        if (blocks[^1].End > BpfProgram.InstructionsMax)
        {
            error = $"it needs {blocks[^1].End} instructions; the kernel takes {BpfProgram.InstructionsMax} at most";
            return null;
        }

        ImmutableArray<BpfInstruction>.Builder program = ImmutableArray.CreateBuilder<BpfInstruction>();
        program.AddRange(prologue);
        foreach (Block block in blocks)
        {
            Emit(block, snapLength, program);
        }

        return BpfProgram.TryCreate(program.ToImmutable(), out BpfProgram? made, out error) ? made : null;
    }

    private static List<Block> Blocks(List<DecisionNode> order)
    {
        Dictionary<DecisionNode, Block> all = [];
        List<Block> blocks = [];
        foreach (DecisionNode node in order)
        {
            Block block = new(node);
            all.Add(node, block);
            blocks.Add(block);
        }

        blocks[0].Entered = default(Held);
        foreach (Block block in blocks)
        {
            Held after = block.Prepare();
            if (block.Node.Then is { } then)
            {
                block.Then = all[then];
                block.Then.Enter(after);
            }

            if (block.Node.Else is { } otherwise)
            {
                block.Else = all[otherwise];
                block.Else.Enter(after);
            }
        }

        return blocks;
    }

    // A conditional jump reaches 255 instructions; a longer way has an unconditional one behind it. That moves what
    // follows, so it is repeated until nothing changes; a long way never becomes a short one.
    private static void Place(List<Block> blocks, int start)
    {
        bool isChanged = true;
        while (isChanged)
        {
            isChanged = false;
            int at = start;
            foreach (Block block in blocks)
            {
                block.Start = at;
                at = block.End;
            }

            for (int i = 0; i < blocks.Count; i++)
            {
                Block block = blocks[i];
                block.Next = i + 1 < blocks.Count ? blocks[i + 1] : null;
                if (block.Node.Check is null)
                {
                    bool needsJump = block.Node.Verdict is null && block.Then != block.Next;
                    isChanged |= needsJump != block.IsThenFar;
                    block.IsThenFar = needsJump;
                    continue;
                }

                // From behind the conditional jump; the unconditional ones may lie between.
                int from = block.End - (block.IsThenFar ? 1 : 0) - (block.IsElseFar ? 1 : 0);
                bool isThenFar = block.IsThenFar || block.Then!.Start - from > JumpMax;
                bool isElseFar = block.IsElseFar || block.Else!.Start - from > JumpMax;
                isChanged |= isThenFar != block.IsThenFar || isElseFar != block.IsElseFar;
                block.IsThenFar = isThenFar;
                block.IsElseFar = isElseFar;
            }
        }
    }

    private static void Emit(Block block, uint snapLength, ImmutableArray<BpfInstruction>.Builder program)
    {
        if (block.Node.Verdict is { } verdict)
        {
            program.Add(new BpfInstruction(BpfCode.Return | BpfCode.Constant, verdict ? snapLength : 0));
            return;
        }

        program.AddRange(block.Instructions);
        if (block.Node.Check is not { } check)
        {
            if (block.IsThenFar)
            {
                program.Add(Jump(program.Count, block.Then!));
            }

            return;
        }

        int from = program.Count + 1;
        int far = 0;
        byte then = (byte)(block.IsThenFar ? far++ : block.Then!.Start - from);
        byte otherwise = (byte)(block.IsElseFar ? far : block.Else!.Start - from);
        program.Add(new BpfInstruction((ushort)(BpfCode.Jump | check.Condition), then, otherwise, check.Operand));
        if (block.IsThenFar)
        {
            program.Add(Jump(program.Count, block.Then!));
        }

        if (block.IsElseFar)
        {
            program.Add(Jump(program.Count, block.Else!));
        }
    }

    private static BpfInstruction Jump(int at, Block target) =>
        new(BpfCode.Jump | BpfCode.Always, (uint)(target.Start - at - 1));

    /// <summary>What A and X hold: the value of a load, and four times the lower half of a byte at an offset. Both by
    /// number plus one, so that the default is nothing.</summary>
    private readonly record struct Held(int A, long X);

    private sealed class Block(DecisionNode node)
    {
        private ImmutableArray<BpfInstruction> _instructions = [];

        public DecisionNode Node { get; } = node;

        public ImmutableArray<BpfInstruction> Instructions => _instructions;

        public Held? Entered { get; set; }

        public Block? Then { get; set; }

        public Block? Else { get; set; }

        public Block? Next { get; set; }

        public int Start { get; set; }

        public bool IsThenFar { get; set; }

        public bool IsElseFar { get; set; }

        public int End => Start + _instructions.Length + (Node.Verdict is not null || Node.Check is not null ? 1 : 0)
            + (IsThenFar ? 1 : 0) + (IsElseFar ? 1 : 0);

        // What is held is what all ways to here hold.
        public void Enter(Held held)
        {
            Held before = Entered ?? held;
            Entered = new Held(before.A == held.A ? held.A : 0, before.X == held.X ? held.X : 0);
        }

        // Leaves out what is held already; says what is held afterwards.
        public Held Prepare()
        {
            Held held = Entered ?? default;
            if (Node.Check is not { } check)
            {
                _instructions = Node.Effect;
                return default;
            }

            ImmutableArray<BpfInstruction> load = check.Load.Instructions;
            if (!check.Load.IsPure)
            {
                _instructions = load;
                return default;
            }

            bool beginsWithHeaderLength =
                load[0].Code == (BpfCode.LoadIndex | BpfCode.HeaderLength | BpfCode.Byte);
            bool setsIndexLater = false;
            for (int i = beginsWithHeaderLength ? 1 : 0; i < load.Length; i++)
            {
                setsIndexLater |= (load[i].Code & BpfCode.ClassMask) == BpfCode.LoadIndex
                    || load[i].Code == (BpfCode.Transfer | BpfCode.ToIndex);
            }

            long headerLength = beginsWithHeaderLength ? load[0].Operand + 1L : 0;
            bool isHeld = held.A == check.Load.Id + 1 && (check.Condition & BpfCode.Index) == 0;
            _instructions = isHeld ? []
                : beginsWithHeaderLength && held.X == headerLength ? load[1..]
                : load;
            long x = isHeld ? held.X : setsIndexLater ? 0 : beginsWithHeaderLength ? headerLength : held.X;
            return new Held(check.Load.Id + 1, x);
        }
    }
}
