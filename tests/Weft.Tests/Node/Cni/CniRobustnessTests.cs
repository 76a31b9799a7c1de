using System;
using System.Linq;
using System.Text.Json;
using CsCheck;
using Weft.Node.Calls;
using Weft.Node.Cni;
using Xunit;

namespace Weft.Tests.Node.Cni;

/// <summary>Whatever a runtime sends is answered: with what it means, or with an error that reads.</summary>
public sealed class CniRobustnessTests
{
    private const string Configuration = """
        {"cniVersion": "1.1.0", "name": "pods", "type": "weft-cni", "agentSocket": "/run/weft/agent.sock", "namespace": "shop",
         "interface": "net1", "include_default_routes": true, "ipam": {"ipv4_pools": ["a"], "assign_ipv4": "true"},
         "dns": {"nameservers": ["192.0.2.1"], "search": ["example.org"]},
         "runtimeConfig": {"ips": ["10.65.0.5/16"], "mac": "02:00:00:00:00:01", "dns": {"servers": ["192.0.2.2"]}},
         "args": {"cni": {"labels": [{"key": "a", "value": "b"}], "annotations": {"cni.projectcalico.org/ipAddrs": "[\"10.65.0.5\"]"}}},
         "cni.dev/valid-attachments": [{"containerID": "c7", "ifname": "eth0"}],
         "prevResult": {"cniVersion": "1.1.0", "interfaces": [{"name": "lo", "mac": "00:00:00:00:00:00", "sandbox": "/run/netns/c7"}],
           "ips": [{"address": "127.0.0.1/8", "interface": 0}], "routes": [{"dst": "0.0.0.0/0"}], "dns": {}}}
        """;

    private const string Arguments = "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;IP=10.65.0.5;MAC=02:00:00:00:00:01";

    private static readonly string[] Commands = ["ADD", "DEL", "CHECK", "GC", "STATUS"];

    [Fact]
    public void Every_truncation_of_a_configuration_is_answered()
    {
        foreach (string command in Commands)
        {
            Assert.True(IsUnderstood(command, Configuration, Arguments));
            for (int length = 0; length < Configuration.Length; length++)
            {
                Assert.False(IsUnderstood(command, Configuration[..length], Arguments));
            }
        }
    }

    [Fact]
    public void Every_truncation_of_CNI_ARGS_is_answered()
    {
        for (int length = 0; length <= Arguments.Length; length++)
        {
            IsUnderstood("ADD", Configuration, Arguments[..length]);
        }
    }

    [Fact]
    public void Every_change_of_a_configuration_is_answered() =>
        Gen.Select(Gen.Int[0, Configuration.Length - 1], Gen.Char["\"{}[],:\\u07dc-e.\0\uD800\uDC00é "], Gen.Int[0, 3], Gen.Int[0, Commands.Length - 1].Select(i => Commands[i]))
            .Sample((at, with, length, command) =>
            {
                int end = Math.Min(Configuration.Length, at + length);
                IsUnderstood(command, $"{Configuration.AsSpan(0, at)}{with}{Configuration.AsSpan(end)}", Arguments);
            });

    [Fact]
    public void Every_value_of_another_kind_is_answered()
    {
        // Each value of the configuration in turn becomes each kind of JSON.
        string[] kinds = ["null", "true", "7", "-1e400", "\"\"", "\"\\ud800\"", "[]", "[[]]", "{}", "{\"a\": null}", "[null]"];
        int replaced = 0;
        Utf8JsonReader reader = new(System.Text.Encoding.UTF8.GetBytes(Configuration));
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                continue;
            }

            int start = (int)reader.TokenStartIndex;
            Utf8JsonReader skipping = reader;
            skipping.Skip();
            foreach (string kind in kinds)
            {
                foreach (string command in Commands)
                {
                    IsUnderstood(command, Configuration[..start] + kind + Configuration[(int)skipping.BytesConsumed..], Arguments);
                    replaced++;
                }
            }
        }

        Assert.True(replaced > 1_000);
    }

    [Fact]
    public void Deep_nesting_is_an_error() =>
        Assert.False(IsUnderstood("ADD", string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000), ""));

    private static bool IsUnderstood(string command, string configuration, string arguments)
    {
        bool understood = CniCall.TryRead(
            new CniRequest
            {
                Command = command,
                ContainerId = "c7",
                NetworkNamespace = "/run/netns/c7",
                Interface = "eth0",
                Arguments = arguments,
                Configuration = configuration,
            },
            out CniCall? call,
            out CniAnswer? refused);
        Assert.Equal(understood, call is not null && refused is null);
        CniAnswer answer = refused ?? call!.Render(new AgentAnswer { Fault = new AgentFault(11, "later", "ask again") });
        Assert.InRange(CniRuntime.CodeOf(answer), 1, 99);
        return understood;
    }
}
