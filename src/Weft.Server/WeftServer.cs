using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Weft.Linux.Files;
using Weft.Linux.Sockets;
using Weft.Server.Agents;
using Weft.Server.Api;
using Weft.Server.Fleet;
using Weft.Server.Ipam;
using Weft.Server.Plans;
using Weft.Server.Storing;

namespace Weft.Server;

/// <summary>The server: store, plans and API in one object. Several can run in one process.</summary>
public sealed class WeftServer : IAsyncDisposable
{
    /// <summary>Bytes of a socket's path; the kernel's sun_path has 108 with a zero at its end.</summary>
    public const int SocketPathMax = 100;

    private const int LockAttempts = 50;
    private const int Locked = 11; // EWOULDBLOCK: .NET gives the kernel's number.
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private readonly FileStream _lock;
    private readonly IStore _store;
    private readonly FleetKeeper _keeper;
    private readonly WebApplication _application;
    private readonly CancellationTokenSource _stopping;
    private readonly string _socketPath;
    private readonly Task _watching;

    private WeftServer(
        FileStream held,
        IStore store,
        FleetKeeper keeper,
        WebApplication application,
        Task watching,
        CancellationTokenSource stopping,
        string socketPath)
    {
        _watching = watching;
        _lock = held;
        _store = store;
        _keeper = keeper;
        _application = application;
        _stopping = stopping;
        _socketPath = socketPath;
    }

    /// <summary>The store's revision that the server answers from.</summary>
    public long Revision => _keeper.State.Revision;

    /// <summary>Starts a server; when this returns, it answers.</summary>
    /// <remarks>Throws <see cref="StoreUnreadableException"/> if the store cannot be used and
    /// <see cref="IOException"/> if the socket cannot be, or another server uses the store; nothing is left behind then.
    /// </remarks>
    public static async Task<WeftServer> StartAsync(ServerOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        Action<string> log = options.Log ?? Console.Error.WriteLine;
        CheckSocket(options.SocketPath);
        FileStream held = await LockAsync(options, cancellation).ConfigureAwait(false);
        try
        {
            return await StartAsync(options, held, log, cancellation).ConfigureAwait(false);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static async Task<WeftServer> StartAsync(
        ServerOptions options, FileStream held, Action<string> log, CancellationToken cancellation)
    {
        SqliteStore store = SqliteStore.Open(new SqliteStoreOptions
        {
            Path = Path.Combine(options.StateDirectory, SqliteStoreOptions.FileName),
            HistoryLimit = options.HistoryLimit,
        });
        PlanHub hub = new();
        FleetKeeper? keeper = null;
        CancellationTokenSource stopping = new();
        try
        {
            AgentRegistry agents = new();
            keeper = await FleetKeeper.StartAsync(
                store,
                (state, changes) =>
                {
                    hub.Advance(state, changes);
                    agents.Follow(changes);
                },
                log,
                cancellation).ConfigureAwait(false);
            StoreAge age = new(agents, keeper.State, options.GoneGrace, options.Time, log);
            AgentFacts facts = new(hub, agents, age, options.Time);
            GoneNodes gone = new(keeper, agents, facts, options.GoneGrace, options.Time, log);
            FleetOverview overview = new(keeper, hub, agents, gone, age);
            AgentRequests requests = new(hub, options.Time);
            ApiRouter router = new(
                new ResourceRequests(keeper, store, options),
                new ChangeRequests(keeper, agents, facts, options.Time),
                new NodeRequests(keeper, hub, agents, requests, facts, age, options),
                new FleetRequests(overview, options),
                new IpamRequests(keeper, hub, agents, new IpamAudit(keeper, requests, options.Time)),
                log,
                stopping.Token);
            WebApplication application = await ListenAsync(options.SocketPath, router, cancellation).ConfigureAwait(false);
            FleetKeeper followed = keeper;
            PoolTransitions transitions = new(keeper, overview, agents, options.Time, log);
            BlockAnnouncements announcements = new(keeper, overview, agents, options.Time, log);
            LoanPatience loans = new(keeper, facts, options.Time);
            Task watching = Task.WhenAll(
                Task.Run(() => transitions.RunAsync(stopping.Token), CancellationToken.None),
                Task.Run(() => announcements.RunAsync(stopping.Token), CancellationToken.None),
                Steadily("loans of addresses are not watched", loans.StepAsync),
                Steadily("deleted nodes are not taken back", gone.StepAsync));
            return new WeftServer(held, store, keeper, application, watching, stopping, options.SocketPath);

            Task Steadily(string what, Func<CancellationToken, Task<TimeSpan?>> step) => Task.Run(
                () => new SteadySteps(what, step, () => followed.Moved, options.Time, log).RunAsync(stopping.Token), CancellationToken.None);
        }
        catch
        {
            stopping.Dispose();
            if (keeper is not null)
            {
                await keeper.DisposeAsync().ConfigureAwait(false);
            }

            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops answering and closes the store. Agents go on forwarding.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        using (CancellationTokenSource limit = new(StopLimit))
        {
            await _application.StopAsync(limit.Token).ConfigureAwait(false);
        }

        await _application.DisposeAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        await _keeper.DisposeAsync().ConfigureAwait(false);
        await _store.DisposeAsync().ConfigureAwait(false);
        File.Delete(_socketPath);
        _lock.Dispose(); // Last: who waits for it finds everything put away.
        _stopping.Dispose();
    }

    // One server to a store: each has a copy of it in memory, and would give nodes what the other has given already.
    // .NET asks the kernel for flock(2), which a process that was killed lets go a moment after its end.
    private static async Task<FileStream> LockAsync(ServerOptions options, CancellationToken cancellation)
    {
        StateFolder.Make(options.StateDirectory);
        string path = Path.Combine(options.StateDirectory, "lock");
        for (int left = LockAttempts; ; left--)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException taken) when (taken.HResult == Locked && left > 0)
            {
                await Task.Delay(LockPause, cancellation).ConfigureAwait(false);
            }
            catch (IOException taken) when (taken.HResult == Locked)
            {
                throw new IOException($"another server uses the store in {options.StateDirectory}: stop it, or give this one "
                    + $"another directory ({taken.Message})");
            }
        }
    }

    private static async Task<WebApplication> ListenAsync(
        string socketPath, ApiRouter router, CancellationToken cancellation)
    {
        // An empty builder: no configuration files, environment or logging that somebody else could steer.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // ApiBody has the limit: refused there, the client reads why instead of a broken connection.
            kestrel.Limits.MaxRequestBodySize = null;

            // Streams are silent for long, and their readers may be stopped: their queues are bounded by us.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxConcurrentConnections = null;
            kestrel.ListenUnixSocket(socketPath, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        WebApplication application = builder.Build();
        application.Run(router.AnswerAsync);
        try
        {
            await application.StartAsync(cancellation).ConfigureAwait(false);
            if (OperatingSystem.IsLinux())
            {
                File.SetUnixFileMode(socketPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return application;
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void CheckSocket(string path)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) > SocketPathMax)
        {
            throw new IOException(FormattableString.Invariant(
                $"the socket's path {path} is longer than {SocketPathMax} bytes: give a shorter one"));
        }

        if (SocketPlace.Free(path) is { } taken)
        {
            throw new IOException(taken);
        }
    }

    // Signals belong to the process, and the process to whoever composed it.
    private sealed class OwnersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
