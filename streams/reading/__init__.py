"""reading: pure; an article and the watchlist in, what it says of each place out."""
