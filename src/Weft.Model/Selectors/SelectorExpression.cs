using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;

namespace Weft.Model.Selectors;

/// <summary>A selector's parts, as a tree. Bounded in depth by <see cref="SelectorParser.DepthMax"/>.</summary>
internal abstract record SelectorExpression
{
    private SelectorExpression()
    {
    }

    /// <summary>Whether these labels are selected.</summary>
    public abstract bool Matches(IReadOnlyDictionary<string, string> labels);

    /// <summary>Whether a condition holds for this part or any below it.</summary>
    public virtual bool Any(Func<SelectorExpression, bool> condition) => condition(this);

    /// <summary><c>all()</c>.</summary>
    public sealed record All : SelectorExpression
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels) => true;

        public override string ToString() => "all()";
    }

    /// <summary><c>global()</c>: what lives in no namespace. On labels alone it is true, as in Calico.</summary>
    public sealed record Global : SelectorExpression
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels) => true;

        public override string ToString() => "global()";
    }

    /// <summary><c>has(label)</c>.</summary>
    public sealed record Has(string Label) : SelectorExpression
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels) => labels.ContainsKey(Label);

        public override string ToString() => $"has({Label})";
    }

    /// <summary><c>label == 'x'</c>, <c>label contains 'x'</c> and so on.</summary>
    public sealed record Compare(string Label, SelectorOperator Operator, string Value) : SelectorExpression
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels)
        {
            bool present = labels.TryGetValue(Label, out string? value);
            return Operator switch
            {
                // An absent label differs from every value.
                SelectorOperator.NotEqual => !present || value != Value,
                SelectorOperator.Equal => present && value == Value,
                SelectorOperator.Contains => present && value!.Contains(Value, StringComparison.Ordinal),
                SelectorOperator.StartsWith => present && value!.StartsWith(Value, StringComparison.Ordinal),
                _ => present && value!.EndsWith(Value, StringComparison.Ordinal),
            };
        }

        public override string ToString()
        {
            string word = Operator switch
            {
                SelectorOperator.Equal => "==",
                SelectorOperator.NotEqual => "!=",
                SelectorOperator.Contains => "contains",
                SelectorOperator.StartsWith => "starts with",
                _ => "ends with",
            };
            return $"{Label} {word} {Quote(Value)}";
        }
    }

    /// <summary><c>label in {'a', 'b'}</c>, or <c>not in</c>. The values are sorted and distinct.</summary>
    public sealed record Within(string Label, bool Negated, ValueList<string> Values) : SelectorExpression
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels) =>
            (labels.TryGetValue(Label, out string? value) && Values.Contains(value)) != Negated;

        public override string ToString() =>
            $"{Label} {(Negated ? "not in" : "in")} {{{string.Join(", ", Values.Select(Quote))}}}";
    }

    /// <summary><c>!x</c>.</summary>
    public sealed record Not(SelectorExpression Inner) : SelectorExpression
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels) => !Inner.Matches(labels);

        public override bool Any(Func<SelectorExpression, bool> condition) =>
            condition(this) || Inner.Any(condition);

        public override string ToString() => Inner is And or Or ? $"!({Inner})" : $"!{Inner}";
    }

    /// <summary><c>x &amp;&amp; y</c>, at least two.</summary>
    public sealed record And(ValueList<SelectorExpression> Parts) : SelectorExpression
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels)
        {
            foreach (SelectorExpression part in Parts)
            {
                if (!part.Matches(labels))
                {
                    return false;
                }
            }

            return true;
        }

        public override bool Any(Func<SelectorExpression, bool> condition) =>
            condition(this) || Parts.Any(part => part.Any(condition));

        public override string ToString() =>
            string.Join(" && ", Parts.Select(part => part is And or Or ? $"({part})" : part.ToString()));
    }

    /// <summary><c>x || y</c>, at least two.</summary>
    public sealed record Or(ValueList<SelectorExpression> Parts) : SelectorExpression
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels)
        {
            foreach (SelectorExpression part in Parts)
            {
                if (part.Matches(labels))
                {
                    return true;
                }
            }

            return false;
        }

        public override bool Any(Func<SelectorExpression, bool> condition) =>
            condition(this) || Parts.Any(part => part.Any(condition));

        public override string ToString() =>
            string.Join(" || ", Parts.Select(part => part is Or ? $"({part})" : part.ToString()));
    }

    // The grammar has no escapes: a value with one sort of quote in it came in the other sort.
    private static string Quote(string value) =>
        value.Contains('\'', StringComparison.Ordinal) ? $"\"{value}\"" : $"'{value}'";
}

/// <summary>How a label's value is compared with a text.</summary>
internal enum SelectorOperator
{
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
}
