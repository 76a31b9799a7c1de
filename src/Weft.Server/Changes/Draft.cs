using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Plan.Compiling;

namespace Weft.Server.Changes;

/// <summary>A state being changed: what later steps of one decision see, and in the end what is different.</summary>
/// <param name="origin">The state that the decision is made on.</param>
internal sealed class Draft(FleetState origin)
{
    private readonly List<ResourceKey> _touched = [];
    private readonly HashSet<ResourceKey> _known = [];

    private FleetState? _current;

    /// <summary>The state with all changes so far.</summary>
    public FleetState Current => _current ?? origin;

    /// <summary>What is different from the origin, in the order of the first touch.</summary>
    public IReadOnlyList<ResourceChange> Changes => [.. _touched
        .Select(key => new ResourceChange(origin.Find(key), Current.Find(key)))
        .Where(change => !Equals(change.Before, change.After))];

    /// <summary>What was put or removed, also where nothing is different, in the order of the first touch.</summary>
    public IReadOnlyList<ResourceChange> Touched =>
        [.. _touched.Select(key => new ResourceChange(origin.Find(key), Current.Find(key)))];

    /// <summary>What a resource was before the decision; none if it was not there.</summary>
    public Resource? Before(ResourceKey key) => origin.Find(key);

    /// <summary>Adds or replaces a resource.</summary>
    public void Put(Resource resource) => Change(new ResourceChange(Current.Find(resource.Key), resource), resource.Key);

    /// <summary>Takes a resource away.</summary>
    public void Remove(Resource resource) => Change(new ResourceChange(resource, null), resource.Key);

    private void Change(ResourceChange change, ResourceKey key)
    {
        _current = Current.With(Current.Revision, [change]);
        if (_known.Add(key))
        {
            _touched.Add(key);
        }
    }
}
