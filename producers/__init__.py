"""producers: polls feeds and publishes what is new or edited as articles."""
