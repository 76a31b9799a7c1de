using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Weft.App;
using Xunit;

namespace Weft.Tests.App;

[CollectionDefinition(nameof(ConsoleTests), DisableParallelization = true)]
public sealed class ConsoleTests;

[Collection(nameof(ConsoleTests))]
public sealed class WeftCommandLineTests
{
    [Theory]
    [InlineData("frob", "weft: unknown command 'weft frob'; see 'weft --help'")]
    [InlineData("undo", "weft: unknown command 'weft undo'; see 'weft --help'")]
    [InlineData("lab frob", "weft: unknown command 'weft lab frob'; see 'weft lab --help'")]
    [InlineData("lab", "weft: 'weft lab' needs a command; see 'weft lab --help'")]
    [InlineData("get frobs", "weft: 'frobs' is not a kind; known are namespaces, nodes, ippools, ipreservations, ipamconfigurations, blocks, addressloans, workloads, staticroutes, felixconfigurations")]
    [InlineData("delete", "weft: say either KIND NAME or -f FILE; see 'weft delete --help'")]
    [InlineData("delete ippool", "weft: which ippool? say its name")]
    [InlineData("get nodes --lab a --server b", "weft: --server and --lab exclude each other; see 'weft get --help'")]
    [InlineData("get nodes --server http://127.0.0.1:8080", "weft: 'http://127.0.0.1:8080' is not supported yet: give the path of a unix socket")]
    [InlineData("ipam", "weft: 'weft ipam' needs a command; see 'weft ipam --help'")]
    [InlineData("ipam release", "weft: Option '--ip' is required; see 'weft ipam release --help'")]
    [InlineData("ipam release --ip web", "weft: 'web' is no address: give one like 10.65.0.3 or fd00:65::3; see 'weft ipam release --help'")]
    [InlineData("ipam show --blocks --ip 10.65.0.3", "weft: --blocks and --ip exclude each other; see 'weft ipam show --help'")]
    [InlineData("agent --node n1 --leak-grace soon", "weft: 'soon' is no time for --leak-grace: give 30s, 15m or 2h; see 'weft agent --help'")]
    [InlineData("lab down --name Foo_", "weft: 'Foo_' cannot name a lab: lower-case letters, digits and '-', at most 63")]
    public void Wrong_usage_is_one_line_and_exit_code_2(string arguments, string message)
    {
        (int code, string output, string error) = Run(arguments.Split(' '));
        Assert.Equal((2, "", message), (code, output, error.TrimEnd()));
    }

    [Theory]
    [InlineData("apply -f /nowhere/pool.yaml", "weft: /nowhere/pool.yaml: no such file or directory")]
    [InlineData("get nodes --server /nowhere/server.sock", "weft: no server answers at '/nowhere/server.sock': there is no such socket; name one with --server PATH or --lab NAME")]
    [InlineData("decode /nowhere/trace.pcap", "weft: /nowhere/trace.pcap: no such file, and no packet in hexadecimal")]
    [InlineData("decode /etc/passwd", "weft: /etc/passwd: neither a capture (pcap, pcapng) nor a packet in hexadecimal")]
    [InlineData("decode /dev/null", "weft: /dev/null: is empty: neither a capture (pcap, pcapng) nor a packet in hexadecimal")]
    [InlineData("decode /etc", "weft: /etc: is a directory")]
    [InlineData("apply -f /dev/zero", "weft: /dev/zero: larger than 16 MB; split it")]
    [InlineData("get nodes --server unix:///nowhere/server.sock", "weft: no server answers at '/nowhere/server.sock': there is no such socket; name one with --server PATH or --lab NAME")]
    [InlineData("get nodes --lab nobody-has-this-lab", "weft: no lab 'nobody-has-this-lab'; 'weft lab list' shows those that run")]
    public void What_fails_says_why_in_one_line_and_ends_with_1(string arguments, string message)
    {
        (int code, string output, string error) = Run(arguments.Split(' '));
        Assert.Equal((1, "", message), (code, output, error.TrimEnd()));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("status")]
    [InlineData("show")]
    [InlineData("check")]
    [InlineData("exec web -- true")]
    public void Without_root_the_verbs_of_labs_say_that_they_need_it(string arguments)
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "needs to run without root");
        (int code, string output, string error) = Run(["lab", .. arguments.Split(' ')]);
        string verb = arguments.Split(' ')[0];
        Assert.Equal(
            (1, "", $"weft: 'weft lab {verb}' needs root, who owns labs and their network namespaces; try sudo"),
            (code, output, error.TrimEnd()));
    }

    [Fact]
    public void A_list_of_labs_can_be_of_one_name()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        Assert.Equal((0, "", ""), Run("lab", "list", "--name", "nobody-has-this-lab", "-o", "name"));
    }

    [Fact]
    public void Taking_a_lab_down_that_is_not_there_is_done()
    {
        Assert.Equal((0, "", ""), Run("lab", "down", "--name", "nobody-has-this-lab"));
    }

    [Fact]
    public void Every_verb_says_what_it_promises_and_every_option_what_it_means()
    {
        List<string> silent = [];
        Collect(WeftCommandLine.Create(), "weft", silent);
        Assert.Empty(silent);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _weft weft")]
    [InlineData("zsh", "compdef _weft weft")]
    [InlineData("fish", "complete -f -c weft")]
    public void Completion_scripts_ask_the_program_itself(string shell, string line)
    {
        (int code, string output, _) = Run("completion", shell);
        Assert.Equal(0, code);
        Assert.Contains(line, output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("weft ipam ", "check", "release", "show")]
    [InlineData("weft ipam show --", "--blocks", "--ip", "--lab", "--output", "--server")]
    public void What_ipam_can_do_is_suggested(string line, params string[] words)
    {
        (_, string output, _) = Run($"[suggest:{line.Length}]", line);
        Assert.Superset(words.ToHashSet(), output.Split('\n').ToHashSet());
    }

    [Fact]
    public void Kinds_are_suggested_where_a_kind_can_stand()
    {
        (_, string output, _) = Run("[suggest:9]", "weft get ");
        Assert.Contains("workloads", output.Split('\n', StringSplitOptions.TrimEntries));
    }

    private static void Collect(Command command, string path, List<string> silent)
    {
        if (string.IsNullOrEmpty(command.Description))
        {
            silent.Add(path);
        }

        silent.AddRange(command.Options.Where(o => string.IsNullOrEmpty(o.Description)).Select(o => $"{path} {o.Name}"));
        silent.AddRange(command.Arguments.Where(a => string.IsNullOrEmpty(a.Description)).Select(a => $"{path} {a.Name}"));
        foreach (Command sub in command.Subcommands)
        {
            Collect(sub, $"{path} {sub.Name}", silent);
        }
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        (TextWriter output, TextWriter error) = (Console.Out, Console.Error);
        using StringWriter said = new();
        using StringWriter complained = new();
        try
        {
            Console.SetOut(said);
            Console.SetError(complained);
            int code = WeftCommandLine.Run(arguments);
            return (code, said.ToString(), complained.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
