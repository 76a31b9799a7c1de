using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Tests.Linux.Lab;
using Weft.Tests.Linux.Up;
using Xunit;

namespace Weft.Tests.Linux.Containers;

/// <summary>A <see cref="TestHost"/> with Debian's containerd and podman, and real containers of busybox. Where the machine
/// has no such engines, the test is skipped with the reason.</summary>
internal sealed class ContainerHost : IAsyncDisposable
{
    /// <summary>The image that podman has.</summary>
    public const string Image = "localhost/weft/busybox:latest";

    private static readonly string[] Programs =
        ["/usr/bin/containerd", "/usr/bin/ctr", "/usr/bin/podman", "/usr/sbin/runc", "/usr/lib/cni/portmap", "/bin/busybox", "/usr/bin/iperf3", "/usr/bin/curl"];

    private static readonly string[] Applets =
        ["sh", "ping", "ip", "sleep", "wget", "nc", "httpd", "cat", "ls", "true", "test", "hostname"];

    // Ping needs NET_RAW. No ulimits that root may not raise here; crun refuses hybrid cgroups, runc does not.
    private const string ContainersConf = """
        [network]
        network_backend = "cni"
        default_network = "weft"
        [containers]
        default_capabilities = ["CHOWN", "DAC_OVERRIDE", "KILL", "NET_BIND_SERVICE", "NET_RAW", "SETGID", "SETUID"]
        default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
        log_driver = "k8s-file"
        [engine]
        runtime = "runc"
        cgroup_manager = "cgroupfs"
        events_logger = "file"
        """;

    private const string StorageConf = """
        [storage]
        driver = "vfs"
        runroot = "/run/containers/storage"
        graphroot = "/var/lib/containers/storage"
        """;

    private ContainerHost(TestHost host) => Host = host;

    /// <summary>The host.</summary>
    public TestHost Host { get; }

    /// <summary>The root file system of containers.</summary>
    public string Root => Path.Combine(Host.Folder, "rootfs");

    // containerd's namespace, and the parent of the control groups that both engines make.
    private string Group => Path.GetFileName(Host.Folder).ToLowerInvariant();

    /// <summary>A host of its own with <c>weft up</c>.</summary>
    public static async Task<ContainerHost> UpAsync(params string[] options)
    {
        Demand();
        ContainerHost engines = new(await TestHost.CreateAsync());
        try
        {
            await engines.Host.ShellAsync("ln -s /usr/lib/cni/portmap /opt/cni/bin/portmap");
            engines.Weft = await engines.Host.UpAsync(["--cni-config", "--cni-bin", .. options]);
            await engines.StartAsync();
            return engines;
        }
        catch
        {
            await engines.DisposeAsync();
            throw;
        }
    }

    /// <summary>Engines on a lab's node.</summary>
    public static async Task<ContainerHost> OnNodeAsync(RunningLab lab, string node)
    {
        Demand();
        ContainerHost engines = new(await TestHost.InAsync(lab.PathOf(node)));
        try
        {
            string socket = (await lab.StatusAsync()).GetProperty("nodes").EnumerateArray()
                .Single(n => n.GetProperty("name").GetString() == node).GetProperty("agentSocket").GetString()!;
            string plugin = Path.Combine(Path.GetDirectoryName(ShippedWeft.Path)!, "weft-cni");
            await engines.Host.ShellAsync($$"""
                ln -s {{plugin}} /opt/cni/bin/weft-cni
                ln -s /usr/lib/cni/portmap /opt/cni/bin/portmap
                echo '{"cniVersion": "1.0.0", "name": "weft", "plugins": [{"type": "weft-cni", "agentSocket": "{{socket}}"},
                    {"type": "portmap", "capabilities": {"portMappings": true} }]}' > /etc/cni/net.d/10-weft.conflist
                """);
            await engines.StartAsync();
            return engines;
        }
        catch
        {
            await engines.DisposeAsync();
            throw;
        }
    }

    /// <summary><c>weft up</c>, on a host of its own.</summary>
    public HostDaemon? Weft { get; set; }

    /// <summary>Runs <c>ctr</c>.</summary>
    public Task<Ran> CtrAsync(params string[] arguments) => Host.RunAsync("ctr", ["-n", Group, .. arguments]);

    /// <summary>Runs a command in a container of containerd's that ends with it.</summary>
    public Task<Ran> CtrRunAsync(string name, params string[] command) =>
        CtrAsync(["run", "--rm", "--cni", "--rootfs", Root, name, .. command]);

    /// <summary>Starts a container of containerd's; <c>ctr</c> stays in front of it, and disconnects it at its end.</summary>
    public async Task<HostDaemon> CtrStartAsync(string name, params string[] command)
    {
        HostDaemon front = Host.Start("ctr", ["-n", Group, "run", "--rm", "--cni", "--rootfs", Root, name, .. command]);
        await TestHost.UntilAsync(
            async () => (await AddressesAsync()).ContainsKey(name) && (await CtrAsync("task", "ls")).Output.Contains($"{name} ", StringComparison.Ordinal),
            $"container {name} runs\n{front}");
        return front;
    }

    /// <summary>Runs <c>podman</c>.</summary>
    public Task<Ran> PodmanAsync(params string[] arguments) => Host.RunAsync("podman", arguments);

    /// <summary>Starts a container of podman's that sleeps, or does what is said.</summary>
    public async Task<string> PodmanStartAsync(string name, string[] options, params string[] command) => (await PodmanAsync(
        ["run", "-d", "--cgroup-parent", $"/{Group}", "--name", name, "--network", "weft", .. options, Image, .. command.Length > 0 ? command : ["sleep", "1000"]]))
        .Must().Output.Trim();

    /// <summary>The addresses in the store of this host's workloads, by container.</summary>
    /// <param name="family"><c>-4</c> or <c>-6</c>.</param>
    public async Task<IReadOnlyDictionary<string, string>> AddressesAsync(string family = "-4") =>
        AddressesIn((await Host.WeftAsync("get", "workloads", "-o", "json")).Must().Json, family);

    /// <summary>The same of an answer of any server.</summary>
    public static IReadOnlyDictionary<string, string> AddressesIn(JsonElement workloads, string family = "-4")
    {
        Dictionary<string, string> addresses = [];
        foreach (JsonElement spec in workloads.EnumerateArray().Select(w => w.GetProperty("spec")))
        {
            string name = spec.TryGetProperty("pod", out JsonElement pod) ? pod.GetString()! : spec.GetProperty("workload").GetString()!;

            // containerd's namespace is part of what ctr calls them.
            name = name[(name.LastIndexOf('-') + 1)..];
            addresses[name] = spec.GetProperty("ipNetworks").EnumerateArray().Select(network => network.GetString()!.Split('/')[0])
                .First(address => address.Contains(':', StringComparison.Ordinal) == (family == "-6"));
        }

        return addresses;
    }

    /// <summary>Nothing is left: no workload in the store, no link of a workload in the kernel, no address in the journal.
    /// </summary>
    public Task UntilNothingIsLeftAsync() => TestHost.UntilAsync(
        async () => (await AddressesAsync()).Count == 0
            && !(await Host.ShellAsync("ip -o link")).Contains(": weft", StringComparison.Ordinal)
            && (await Host.ShellAsync("ip neigh show nud permanent; ip route | grep 'dev weft' || true")).Trim().Length == 0,
        "nothing of the containers is left");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{Weft}");
        string group = Group;
        await Host.DisposeAsync();

        // Of containers that were killed with their host nobody removes the control groups, and they are busy for a moment.
        await TestHost.UntilAsync(() => Task.FromResult(RemoveGroups(group)), $"the control groups {group} are gone");
    }

    private static bool RemoveGroups(string name)
    {
        const string root = "/sys/fs/cgroup";
        foreach (string group in Directory.EnumerateDirectories(root).Append(root).Select(at => Path.Combine(at, name)).Where(Directory.Exists))
        {
            string[] inside = Directory.GetDirectories(group, "*", SearchOption.AllDirectories);
            foreach (string path in inside.OrderByDescending(path => path.Length).Append(group))
            {
                try
                {
                    Directory.Delete(path);
                }
                catch (IOException)
                {
                    return false; // Its last process has not ended yet.
                }
            }
        }

        return true;
    }

    private static void Demand()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        string? missing = Programs.FirstOrDefault(program => !File.Exists(program));
        Assert.SkipWhen(missing is not null, $"needs {missing}: apt-get install containerd podman containernetworking-plugins busybox-static iperf3 curl");
    }

    private async Task StartAsync()
    {
        Directory.CreateDirectory(Path.Combine(Root, "bin"));
        foreach (string folder in (string[])["proc", "sys", "dev", "etc", "tmp", "www"])
        {
            Directory.CreateDirectory(Path.Combine(Root, folder));
        }

        File.Copy("/bin/busybox", Path.Combine(Root, "bin", "busybox"));
        foreach (string applet in Applets)
        {
            File.CreateSymbolicLink(Path.Combine(Root, "bin", applet), "busybox");
        }

        // With the libraries that they are linked with.
        await Host.ShellAsync($$"""
            for program in /usr/bin/iperf3 /usr/bin/curl; do
              for file in "$program" $(ldd "$program" | grep -o '/[^ ]*'); do
                mkdir -p "{{Root}}$(dirname "$file")"; cp -Ln "$file" "{{Root}}$file"
              done
            done
            """);
        await File.WriteAllTextAsync(Path.Combine(Root, "www", "index.html"), "woven\n");
        await Host.ShellAsync($$"""
            cat > /etc/containers/containers.conf <<'EOF'
            {{ContainersConf}}
            EOF
            cat > /etc/containers/storage.conf <<'EOF'
            {{StorageConf}}
            EOF
            echo '{"default": [{"type": "insecureAcceptAnything"}]}' > /etc/containers/policy.json
            mkdir -p /run/containerd /var/tmp
            tar -C {{Root}} -c . | podman import - {{Image}}
            """);
        Host.Start("containerd", "--root", "/var/lib/containerd", "--state", "/run/containerd", "-l", "error");
        await TestHost.UntilAsync(async () => (await CtrAsync("version")).ExitCode == 0, "containerd answers");
    }
}
