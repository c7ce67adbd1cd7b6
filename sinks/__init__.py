"""sinks: carries alerts, statuses and events to where people look."""
