using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Crashes;

/// <summary>A lab that fails half-way is taken down whole, with exit code 1 and one line that says why.</summary>
public sealed class FailedLabTests
{
    private const int AttemptsMax = 20;

    private const string Topology = """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: failing}
        spec:
          segments:
            - {name: rack1, cidrs: [172.16.1.0/24]}
          nodes:
            - {name: n1, segment: rack1}
            - {name: n2, segment: rack1}
          workloads:
            - {name: web, namespace: shop, node: n1}
            - {name: db, namespace: shop, node: n2}
        ---

        """;

    private const string Pool = """
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/16, vxlanMode: CrossSubnet}
        """;

    [Theory]
    [InlineData]
    [InlineData("--processes")]
    public async Task An_agent_that_cannot_keep_its_state_fails_the_lab(params string[] options)
    {
        await using RunningLab lab = RunningLab.Prepare();
        ExpectOneLine(lab, await UpWithFileInTheWayAsync(lab, "agents", options), "agents/n");
    }

    [Fact]
    public async Task A_server_that_cannot_keep_its_store_fails_the_lab()
    {
        await using RunningLab lab = RunningLab.Prepare();
        ExpectOneLine(lab, await UpWithFileInTheWayAsync(lab, "server", "--processes"), lab.Folder);
    }

    [Fact]
    public async Task A_resource_that_the_server_refuses_fails_the_lab()
    {
        await using RunningLab lab = RunningLab.Prepare();
        Ran up = await lab.UpAsync(Topology + Pool + """

            ---
            apiVersion: projectcalico.org/v3
            kind: WorkloadEndpoint
            metadata: {name: extra, namespace: shop}
            spec: {node: n1, workload: extra, endpoint: eth0, containerID: of-somebody-else}
            """);
        ExpectOneLine(lab, up, "spec.containerID");
    }

    [Fact]
    public async Task A_workload_that_no_pool_has_an_address_for_fails_the_lab()
    {
        await using RunningLab lab = RunningLab.Prepare();
        Ran up = await lab.UpAsync(Topology + """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata: {name: small}
            spec: {cidr: 10.65.0.0/30, blockSize: 30, vxlanMode: Never}
            ---
            apiVersion: projectcalico.org/v3
            kind: IPAMConfiguration
            metadata: {name: default}
            spec: {strictAffinity: true}
            """);
        ExpectOneLine(lab, up, "no address");
    }

    [Fact]
    public async Task A_workload_on_a_node_that_does_not_exist_fails_the_lab()
    {
        await using RunningLab lab = RunningLab.Prepare();
        Ran up = await lab.UpAsync(Topology + Pool + """

            ---
            apiVersion: projectcalico.org/v3
            kind: WorkloadEndpoint
            metadata: {name: extra, namespace: shop}
            spec: {node: n9, workload: extra, endpoint: eth0}
            """);
        ExpectOneLine(lab, up, "n9");
    }

    /// <summary>A file system with so many inodes: whoever needs one more finds the disk full.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(10)]
    [InlineData(13)]
    public async Task A_full_disk_fails_the_lab(int inodes)
    {
        await using RunningLab lab = RunningLab.Prepare();
        Tool.Run("mount", $"-t tmpfs -o nr_inodes={inodes} weft-t-disk {lab.RuntimeDirectory}");
        try
        {
            Ran up = await lab.UpAsync(Topology + Pool, "--processes");
            ExpectOneLine(lab, up, "");
        }
        finally
        {
            await lab.LabAsync("down");
            Tool.Run("umount", lab.RuntimeDirectory);
        }
    }

    // On a busy machine the lab can be faster; then it is up, and tried again.
    private static async Task<Ran> UpWithFileInTheWayAsync(RunningLab lab, string name, params string[] options)
    {
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            using FileInTheWay file = new(lab.Folder, name);
            Ran up = await lab.UpAsync(Topology + Pool, options);
            if (file.Lies())
            {
                return up;
            }

            (await lab.LabAsync("down")).Must();
        }

        throw new InvalidOperationException($"{AttemptsMax} labs were faster than a file");
    }

    private static void ExpectOneLine(RunningLab lab, Ran up, string why)
    {
        up.Must(1);
        Assert.True(up.ErrorLines.Count == 1, up.ToString());
        Assert.Contains(why, up.Error, StringComparison.Ordinal);
        Leftovers.None(lab, up.ToString());
    }

    /// <summary>Puts a file where a lab will want a folder, as soon as the lab's own folder is there: before its
    /// network is built, and long before its daemons start.</summary>
    private sealed class FileInTheWay : IDisposable
    {
        private readonly string _folder;
        private readonly string _name;
        private readonly Thread _waiting;
        private volatile bool _stopping;
        private volatile bool _lies;

        public FileInTheWay(string folder, string name)
        {
            (_folder, _name) = (folder, name);
            _waiting = new Thread(Wait) { IsBackground = true };
            _waiting.Start();
        }

        /// <summary>Whether the file was there before the folder that it stands for.</summary>
        public bool Lies()
        {
            Dispose();
            return _lies;
        }

        public void Dispose()
        {
            _stopping = true;
            _waiting.Join();
        }

        private void Wait()
        {
            while (!_stopping)
            {
                try
                {
                    File.WriteAllText(Path.Combine(_folder, _name), "");
                    _lies = true;
                    return;
                }
                catch (Exception absent) when (absent is DirectoryNotFoundException or FileNotFoundException)
                {
                    Thread.Yield();
                }
                catch (UnauthorizedAccessException)
                {
                    return; // It is a folder already.
                }
            }
        }
    }
}
