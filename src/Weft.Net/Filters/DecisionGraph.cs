using System.Collections.Generic;
using System.Collections.Immutable;
using Weft.Net.Bpf;

namespace Weft.Net.Filters;

/// <summary>A step of a program: an end, an effect with one way on, or a check with two.</summary>
internal sealed class DecisionNode
{
    /// <summary>Its number, for nobody else.</summary>
    public required int Id { get; init; }

    /// <summary>For an end: whether the packet is wanted.</summary>
    public bool? Verdict { get; init; }

    /// <summary>For an effect: what is done.</summary>
    public ImmutableArray<BpfInstruction> Effect { get; init; } = [];

    /// <summary>For a check: what is loaded, and compared how with what.</summary>
    public FilterTest.Check? Check { get; init; }

    /// <summary>The way on, of a check the way if it holds.</summary>
    public DecisionNode? Then { get; set; }

    /// <summary>The way if a check does not hold.</summary>
    public DecisionNode? Else { get; set; }
}

/// <summary>The decisions of a filter as a graph without circles, in which equal ends of ways are the same node, and no
/// check is made whose outcome is known from the checks before it.</summary>
internal sealed class DecisionGraph
{
    private const int RoundsMax = 20;
    private const int FactsMax = 32;

    private readonly Dictionary<(int Load, ushort Condition, uint Operand, int Then, int Else), DecisionNode> _checks = [];
    private int _made;

    private DecisionGraph()
    {
        Accept = new DecisionNode { Id = _made++, Verdict = true };
        Refuse = new DecisionNode { Id = _made++, Verdict = false };
        Root = Accept;
    }

    /// <summary>What is known on the way to a node: a check's outcome.</summary>
    private readonly record struct Fact(int Load, ushort Condition, uint Operand, bool Holds);

    /// <summary>Where it begins.</summary>
    public DecisionNode Root { get; private set; }

    private DecisionNode Accept { get; }

    private DecisionNode Refuse { get; }

    /// <summary>The graph of a test.</summary>
    public static DecisionGraph Of(FilterTest test)
    {
        DecisionGraph graph = new();
        graph.Root = graph.Build(test, graph.Accept, graph.Refuse);
        bool isChanged = true;
        for (int round = 0; round < RoundsMax && isChanged; round++)
        {
            isChanged = graph.Shorten();
            isChanged |= !isChanged && graph.Merge();
        }

        return graph;
    }

    /// <summary>The nodes that can be reached, each before those it leads to.</summary>
    public List<DecisionNode> InOrder()
    {
        HashSet<DecisionNode> seen = [];
        List<DecisionNode> order = [];
        Visit(Root, seen, order);
        order.Reverse();
        return order;
    }

    private static void Visit(DecisionNode start, HashSet<DecisionNode> seen, List<DecisionNode> order)
    {
        // By hand, because a way may be as long as the program.
        Stack<(DecisionNode Node, bool IsDone)> next = new([(start, false)]);
        while (next.TryPop(out (DecisionNode Node, bool IsDone) at))
        {
            if (at.IsDone)
            {
                order.Add(at.Node);
            }
            else if (seen.Add(at.Node))
            {
                next.Push((at.Node, true));
                if (at.Node.Then is { } then)
                {
                    next.Push((then, false));
                }

                if (at.Node.Else is { } otherwise)
                {
                    next.Push((otherwise, false));
                }
            }
        }
    }

    // From the end backwards: each part knows where to go from it.
    private DecisionNode Build(FilterTest test, DecisionNode then, DecisionNode otherwise)
    {
        switch (test)
        {
            case FilterTest.Always always:
                return always.Holds ? then : otherwise;
            case FilterTest.Not not:
                return Build(not.Operand, otherwise, then);
            case FilterTest.Both both:
                return Build(both.First, Build(both.Second, then, otherwise), otherwise);
            case FilterTest.Either either:
                return Build(either.First, then, Build(either.Second, then, otherwise));
            case FilterTest.Effect effect:
                return new DecisionNode { Id = _made++, Effect = effect.Instructions, Then = then };
            default:
                FilterTest.Check check = (FilterTest.Check)test;
                if (then == otherwise)
                {
                    return then;
                }

                (int, ushort, uint, int, int) key =
                    (check.Load.Id, check.Condition, check.Operand, then.Id, otherwise.Id);
                if (!_checks.TryGetValue(key, out DecisionNode? node))
                {
                    node = new DecisionNode { Id = _made++, Check = check, Then = then, Else = otherwise };
                    _checks.Add(key, node);
                }

                return node;
        }
    }

    // Leads every way past the checks whose outcome is known on it; whether there was one.
    private bool Shorten()
    {
        bool isChanged = false;
        Dictionary<DecisionNode, List<Fact>> known = new() { [Root] = [] };
        foreach (DecisionNode node in InOrder())
        {
            // No way leads to it any more.
            if (!known.TryGetValue(node, out List<Fact>? facts))
            {
                continue;
            }

            if (node.Then is { } then)
            {
                node.Then = Follow(facts, node, holds: true, then, known, ref isChanged);
            }

            if (node.Else is { } otherwise)
            {
                node.Else = Follow(facts, node, holds: false, otherwise, known, ref isChanged);
            }
        }

        while (Root.Check is { Load.IsPure: true } && Root.Then == Root.Else)
        {
            Root = Root.Then!;
        }

        return isChanged;
    }

    // Makes one node of checks that have become the same; whether there were any.
    private bool Merge()
    {
        bool isChanged = false;
        Dictionary<DecisionNode, DecisionNode> same = [];
        _checks.Clear();
        List<DecisionNode> order = InOrder();
        for (int i = order.Count - 1; i >= 0; i--)
        {
            DecisionNode node = order[i];
            node.Then = node.Then is { } then ? same[then] : null;
            node.Else = node.Else is { } otherwise ? same[otherwise] : null;
            DecisionNode kept = node;
            if (node is { Check: { } check, Then: { } left, Else: { } right })
            {
                (int, ushort, uint, int, int) key = (check.Load.Id, check.Condition, check.Operand, left.Id, right.Id);
                kept = left == right && check.Load.IsPure ? left : _checks.GetValueOrDefault(key, node);
                _checks.TryAdd(key, node);
            }

            isChanged |= kept != node;
            same.Add(node, kept);
        }

        Root = same[Root];
        return isChanged;
    }

    private static DecisionNode Follow(
        List<Fact> facts,
        DecisionNode from,
        bool holds,
        DecisionNode target,
        Dictionary<DecisionNode, List<Fact>> known,
        ref bool isChanged)
    {
        List<Fact> onTheWay = facts;
        if (from.Check is { Load.IsPure: true } made)
        {
            onTheWay = [new Fact(made.Load.Id, made.Condition, made.Operand, holds), .. facts];
            if (onTheWay.Count > FactsMax)
            {
                // What is known to be equal says most; of the rest, the oldest goes.
                int least = onTheWay.FindLastIndex(fact => fact is not { Condition: BpfCode.Equal, Holds: true });
                onTheWay.RemoveAt(least < 0 ? FactsMax : least);
            }
        }

        while (target.Check is { Load.IsPure: true } check
            && (target.Then == target.Else || Outcome(check, onTheWay) is not null))
        {
            target = target.Then == target.Else || Outcome(check, onTheWay) is true ? target.Then! : target.Else!;
            isChanged = true;
        }

        if (known.TryGetValue(target, out List<Fact>? others))
        {
            _ = others.RemoveAll(fact => !onTheWay.Contains(fact));
        }
        else
        {
            known.Add(target, [.. onTheWay]);
        }

        return target;
    }

    private static bool? Outcome(FilterTest.Check check, List<Fact> facts)
    {
        foreach (Fact fact in facts)
        {
            if (fact.Load != check.Load.Id)
            {
                continue;
            }

            if (fact.Condition == check.Condition && fact.Operand == check.Operand)
            {
                return fact.Holds;
            }

            if (fact is { Condition: BpfCode.Equal, Holds: true })
            {
                bool? outcome = check.Condition switch
                {
                    BpfCode.Equal => fact.Operand == check.Operand,
                    BpfCode.Greater => fact.Operand > check.Operand,
                    BpfCode.GreaterOrEqual => fact.Operand >= check.Operand,
                    BpfCode.AnyBit => (fact.Operand & check.Operand) != 0,
                    _ => null, // A comparison with X.
                };
                if (outcome is not null)
                {
                    return outcome;
                }
            }
        }

        return null;
    }
}
