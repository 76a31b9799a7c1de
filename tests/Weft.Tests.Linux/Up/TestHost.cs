using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Weft.Netlink.Rtnetlink;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Up;

/// <summary>A host of a test's own, as far as its programs can see: a mount namespace with <c>/run</c>, <c>/etc</c>,
/// <c>/opt</c> and <c>/var/lib</c> of its own, in a network namespace. What runs in it ends with it.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    /// <summary>The host's addresses towards the outside, and the outside's.</summary>
    public const string Address = "198.51.100.2", AddressV6 = "2001:db8:5::2", Outside = "198.51.100.1", OutsideV6 = "2001:db8:5::1";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    // Copied, since there is no overlay file system everywhere; the namespaces of others stay where all see them.
    private const string Own = """
        set -e
        for place in / /run /etc /opt /var /var/lib; do mount --make-private "$place" 2>/dev/null || true; done
        if [ -n "$SHARED_NETNS" ]; then mount --rbind /run/netns "$SHARED_NETNS"; fi
        mount -t tmpfs tmpfs /run
        mkdir -p /run/etc /run/lock /run/netns
        if [ -n "$SHARED_NETNS" ]; then mount --rbind "$SHARED_NETNS" /run/netns; fi
        cp -a /etc/. /run/etc/
        mount --bind /run/etc /etc
        rm -rf /etc/cni /etc/containers
        for place in /opt /var/lib; do mount -t tmpfs tmpfs "$place"; done
        mkdir -p /etc/cni/net.d /etc/containers /opt/cni/bin /var/lib/weft
        echo ready
        while :; do sleep 1000 & wait $!; done
        """;

    private readonly List<TestNamespace> _namespaces;
    private readonly List<Process> _daemons = [];
    private readonly Process _holder;
    private readonly bool _hasOwnProcesses;
    private readonly HashSet<string> _before = [.. NetworkNamespace.List()];
    private int _init;

    private TestHost(List<TestNamespace> namespaces, string network, bool hasOwnProcesses, string folder)
    {
        _namespaces = namespaces;
        _hasOwnProcesses = hasOwnProcesses;
        Folder = folder;
        string[] processes = hasOwnProcesses ? ["--pid", "--fork", "--mount-proc", "--kill-child"] : [];
        _holder = Launch(
            "nsenter",
            [$"--net={network}", "unshare", "--mount", "--propagation", "unchanged", .. processes, "bash", "-c", Own],
            hasOwnProcesses ? "" : Directory.CreateDirectory(Path.Combine(folder, "netns")).FullName);
    }

    /// <summary>A folder that host and test both see.</summary>
    public string Folder { get; }

    /// <summary>The outside's network namespace; it knows nothing of Weft.</summary>
    public TestNamespace OutsideNamespace => _namespaces[1];

    /// <summary>The host's network namespace.</summary>
    public TestNamespace Namespace => _namespaces[0];

    /// <summary>A host with a cable to an outside, which is its way to everywhere, and processes of its own.</summary>
    public static async Task<TestHost> CreateAsync()
    {
        _ = ShippedWeft.Path;
        List<TestNamespace> namespaces = [new(), new()];
        (TestNamespace host, TestNamespace outside) = (namespaces[0], namespaces[1]);
        foreach (TestNamespace end in namespaces)
        {
            // A host that looked for duplicates of its addresses long ago.
            Assert.Null(Sysctl.Write(end.Path, "ipv6/conf/default/accept_dad", "0"));
            Assert.Null(Sysctl.Write(end.Path, "ipv6/conf/default/router_solicitations", "0"));
            Tool.Run("ip", $"-n {end.Name} link set lo up");
        }

        host.Do(LinkRequests.NewVeth("eth0", new VethPeer("eth0", Namespace: outside.Path), up: true));
        Tool.Run("ip", $"-n {outside.Name} link set eth0 up");
        Tool.Run("ip", $"-n {host.Name} addr add {Address}/24 dev eth0");
        Tool.Run("ip", $"-n {host.Name} addr add {AddressV6}/64 dev eth0 nodad");
        Tool.Run("ip", $"-n {outside.Name} addr add {Outside}/24 dev eth0");
        Tool.Run("ip", $"-n {outside.Name} addr add {OutsideV6}/64 dev eth0 nodad");
        Tool.Run("ip", $"-n {host.Name} route add default via {Outside}");
        Tool.Run("ip", $"-n {host.Name} -6 route add default via {OutsideV6}");
        return await new TestHost(namespaces, host.Path, hasOwnProcesses: true, NewFolder()).ReadyAsync();
    }

    /// <summary>The files and programs of a host in a network namespace that is there already, as a lab's node. Its
    /// processes are everybody's: an agent elsewhere is to find them.</summary>
    public static Task<TestHost> InAsync(string networkNamespace) =>
        new TestHost([], networkNamespace, hasOwnProcesses: false, NewFolder()).ReadyAsync();

    /// <summary>Runs a program on this host, to its end.</summary>
    public async Task<Ran> RunAsync(string program, params string[] arguments)
    {
        using Process process = Launch("nsenter", [.. Inside, program, .. arguments]);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource timed = new(Limit);
        try
        {
            await process.WaitForExitAsync(timed.Token);
            string said = await output.WaitAsync(timed.Token);
            return new Ran($"{program} {string.Join(' ', arguments)}", process.ExitCode, said, await error.WaitAsync(timed.Token));
        }
        catch (OperationCanceledException)
        {
            KillTree(process.Id);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Limit.TotalSeconds:0} s");
        }
    }

    /// <summary>Runs a line of shell on this host; it must succeed.</summary>
    public async Task<string> ShellAsync(string line) => (await RunAsync("bash", "-c", line)).Must().Output;

    /// <summary>Runs the shipped <c>weft</c> on this host.</summary>
    public Task<Ran> WeftAsync(params string[] arguments) => RunAsync(ShippedWeft.Path, arguments);

    /// <summary>Starts a program that goes on running; it ends with the host at the latest.</summary>
    public HostDaemon Start(string program, params string[] arguments)
    {
        Process process = Launch("nsenter", [.. Inside, program, .. arguments]);
        _daemons.Add(process);
        return new HostDaemon(process, $"{program} {string.Join(' ', arguments)}");
    }

    /// <summary><c>weft up</c> on this host; returns when it says that it is up, and its tunnel devices have an address of
    /// each pool, which they get a moment later.</summary>
    public async Task<HostDaemon> UpAsync(params string[] options)
    {
        HostDaemon up = Start(ShippedWeft.Path, ["up", .. options]);
        await up.UntilSaidAsync("Ctrl-C stops it");
        string[] server = Array.IndexOf(options, "--run") is >= 0 and int at ? ["--server", Path.Combine(options[at + 1], "server.sock")] : [];
        int pools = (await WeftAsync(["get", "ippools", "-o", "json", .. server])).Must().Json.GetArrayLength();
        await UntilAsync(
            async () =>
            {
                string[] addresses = (await ShellAsync("ip -o addr show scope global | awk '$2 ~ /vxlan6?[.]weft/ {print $2}'"))
                    .Split('\n', StringSplitOptions.RemoveEmptyEntries);
                return addresses.Length > 0 && addresses.CountBy(device => device).All(device => device.Value == pools);
            },
            "the tunnel devices have their addresses");
        return up;
    }

    /// <summary>Waits for a condition; fails with what is wrong when it does not come true in time.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, int seconds = 30)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed.TotalSeconds < seconds, $"not within {seconds} s: {what}");
            await Task.Delay(20);
        }
    }

    /// <summary>What is in the host's kernel that somebody has put there, as the tools show it: a line each.</summary>
    public async Task<IReadOnlyList<string>> KernelAsync() =>
    [
        .. (await ShellAsync("""
            ip -o -d link | sed -E 's/[a-z_]*timer +[0-9.]+//g'; ip -o addr show scope global; ip -d route show table all; ip -6 -d route show table all
            ip rule; ip -6 rule; ip neigh show nud permanent; ip neigh show proxy; ip -6 neigh show proxy; ip nexthop
            bridge fdb show; sysctl -a --pattern '^net.(ipv4|ipv6)\.(ip_forward|conf\.[^.]*\.(.*forwarding|rp_filter|accept_ra|proxy_ndp))'
            """)).Split('\n').Order(StringComparer.Ordinal),
        .. (await ShellAsync("nft -s list ruleset")).Split('\n'),
    ];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_hasOwnProcesses)
        {
            _holder.Kill(); // And with it all that runs on the host.
        }
        else
        {
            foreach (int pid in Processes())
            {
                KillTree(pid);
            }
        }

        await _holder.WaitForExitAsync();
        _holder.Dispose();
        foreach (Process daemon in _daemons)
        {
            await daemon.WaitForExitAsync();
            daemon.Dispose();
        }

        // Where the namespaces are everybody's, those of containers that were killed are left.
        foreach (string left in _hasOwnProcesses ? [] : NetworkNamespace.List().Where(IsOfContainer).Except(_before))
        {
            Assert.Null(NetworkNamespace.Delete(left));
        }

        foreach (TestNamespace mine in _namespaces)
        {
            mine.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private string[] Inside =>
    [
        "-t", _init.ToString(CultureInfo.InvariantCulture), "-m", "-n", .. _hasOwnProcesses ? ["-p"] : Array.Empty<string>(), "--",
    ];

    // As podman's CNI backend names them.
    private static bool IsOfContainer(string name) => name.StartsWith("netns-", StringComparison.Ordinal);

    private static string NewFolder() => Directory.CreateTempSubdirectory("weft-t-").FullName;

    private async Task<TestHost> ReadyAsync()
    {
        string? said = await _holder.StandardOutput.ReadLineAsync();
        if (said != "ready")
        {
            Assert.Fail($"no host: {await _holder.StandardError.ReadToEndAsync()}");
        }

        _init = _hasOwnProcesses ? Assert.Single(ChildrenOf(_holder.Id)) : _holder.Id;
        return this;
    }

    private IEnumerable<int> Processes()
    {
        string mounts = NamespaceOf(_init);
        return [.. AllProcesses().Where(pid => NamespaceOf(pid) == mounts && pid != _init), _init];
    }

    private static IEnumerable<int> AllProcesses() => Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
        .Where(name => char.IsAsciiDigit(name![0])).Select(name => int.Parse(name!, CultureInfo.InvariantCulture));

    private static string NamespaceOf(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/ns/mnt").LinkTarget ?? "";
        }
        catch (IOException)
        {
            return ""; // It has ended.
        }
    }

    internal static IReadOnlyList<int> ChildrenOf(int pid)
    {
        try
        {
            return [.. File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return []; // It has ended.
        }
    }

    // Children first are known, then the parent goes: nothing is left that could make others.
    private static void KillTree(int pid)
    {
        IReadOnlyList<int> children = ChildrenOf(pid);
        HostDaemon.Signal(pid, "KILL");
        foreach (int child in children)
        {
            KillTree(child);
        }
    }

    private static Process Launch(string program, IReadOnlyList<string> arguments, string sharedNetns = "")
    {
        Process process = new();
        process.StartInfo = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process.StartInfo.Environment["SHARED_NETNS"] = sharedNetns;
        process.StartInfo.Environment.Remove("WEFT_SERVER");
        process.StartInfo.Environment.Remove("WEFT_RUNTIME_DIR");
        process.Start();
        process.StandardInput.Close();
        return process;
    }
}
