using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Server.Fleet;
using Weft.Server.Storing;
using Xunit;

namespace Weft.Tests.Server.Fleet;

public sealed class FleetKeeperTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-t-keeper-").FullName;
    private readonly List<string> _log = [];
    private SqliteStore _store = null!;
    private FleetKeeper _keeper = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(_folder, SqliteStoreOptions.FileName) });
        _keeper = await FleetKeeper.StartAsync(_store, static (_, _) => { }, _log.Add, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_decision_that_others_overtook_is_made_again_on_their_state()
    {
        List<long> askedAt = [];
        (Decision decision, long revision) = await _keeper.ChangeAsync(
            state =>
            {
                askedAt.Add(state.Revision);
                if (askedAt.Count <= 2)
                {
                    Commit(new StoreWrite(new StoreKey("Namespace", "", $"other{askedAt.Count}"), 0, Json($"other{askedAt.Count}")));
                }

                return new Decision { Changes = [new ResourceChange(null, Space("mine"))] };
            },
            Cancellation);
        Assert.Null(decision.Refusal);
        Assert.Equal([0L, 1L, 2L], askedAt);
        Assert.Equal(3, revision);
        Assert.Equal(["mine", "other1", "other2"], _keeper.State.All.Select(r => r.Metadata.Name).Order());
    }

    [Fact]
    public async Task What_others_commit_arrives()
    {
        Commit(new StoreWrite(new StoreKey("Namespace", "", "theirs"), 0, Json("theirs")));
        await _keeper.ReachAsync(1, Cancellation);
        Assert.Equal(1, Assert.Single(_keeper.State.All).Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_resource_that_this_program_cannot_read_is_named_and_nothing_waits_for_ever()
    {
        Commit(new StoreWrite(new StoreKey("Namespace", "", "odd"), 0, Encoding.UTF8.GetBytes("{\"kind\":\"Odd\"}")));
        StoreUnreadableException lost = await Assert.ThrowsAsync<StoreUnreadableException>(() => _keeper.ReachAsync(1, Cancellation));
        Assert.Contains("Namespace/odd", lost.Message, StringComparison.Ordinal);
        Assert.Single(_log);
    }

    private static NamespaceResource Space(string name) => new() { Metadata = new Metadata { Name = name } };

    private static byte[] Json(string name) => StoredResources.Write(Space(name));

    private void Commit(StoreWrite write) =>
        Assert.IsType<CommitOutcome.Committed>(_store.CommitAsync([write], null, Cancellation).AsTask().Result);
}
