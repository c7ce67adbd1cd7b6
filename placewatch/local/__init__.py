"""The embedded set-up: a broker from a wheel, a supervisor, the demo. Never loaded against real Kafka."""
