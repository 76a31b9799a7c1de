using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Linq;

namespace Weft.App.CommandLine;

/// <summary><c>--help</c> that teaches: what the library writes, then examples that can be pasted.</summary>
/// <param name="help">The library's own help.</param>
internal sealed class HelpWithExamples(SynchronousCommandLineAction help) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Puts examples under the help of this command and all below it.</summary>
    public static void InstallOn(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        if (option.Action is SynchronousCommandLineAction help)
        {
            option.Action = new HelpWithExamples(help);
        }
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is IHasExamples { Examples: { Length: > 0 } examples })
        {
            parseResult.InvocationConfiguration.Output.WriteLine("Examples:");
            foreach (string line in examples.Split('\n'))
            {
                parseResult.InvocationConfiguration.Output.WriteLine(line.Length == 0 ? "" : $"  {line}");
            }
        }

        return code;
    }
}

/// <summary>A command whose help ends with examples.</summary>
internal interface IHasExamples
{
    /// <summary>The examples, a command line each, with a remark above it where one is needed.</summary>
    string Examples { get; }
}

/// <summary>A command with examples.</summary>
/// <param name="name">The verb.</param>
/// <param name="description">What it promises, in one sentence.</param>
/// <param name="examples">Examples that can be pasted.</param>
internal sealed class Verb(
    string name, string description, string examples = "") : Command(name, description), IHasExamples
{
    /// <inheritdoc/>
    public string Examples { get; } = examples;
}
