using System;
using System.CommandLine;
using Weft.App.CommandLine;

namespace Weft.App.Commands;

/// <summary><c>weft completion bash|zsh|fish</c>: a script that asks <c>weft</c> itself what can come
/// next.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # weft completion for bash: source <(weft completion bash)
        _weft() {
            local IFS=$'\n'
            COMPREPLY=($(weft "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _weft weft
        """;

    private const string Zsh = """
        #compdef weft
        # weft completion for zsh: weft completion zsh > "${fpath[1]}/_weft"
        _weft() {
            local -a found
            found=("${(@f)$(weft "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -- $found
        }
        compdef _weft weft
        """;

    private const string Fish = """
        # weft completion for fish: weft completion fish > ~/.config/fish/completions/weft.fish
        complete -f -c weft -a '(weft "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Verb verb = new("completion", "Print the completion script of a shell.", "source <(weft completion bash)")
        {
            shell,
        };
        verb.Runs(parse =>
        {
            Console.Out.WriteLine(parse.GetRequiredValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                _ => Fish,
            });
            return ExitCode.Done;
        });
        return verb;
    }
}
