"""seeds: the data placewatch starts with (feeds, sources, actors, watchlists, the demo's newswire)."""
