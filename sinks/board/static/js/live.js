// Alerts as they arrive. The browser connects again by itself and says which alert it had last; nothing is missed.

/**
 * Follow the stream after a number.
 * `on` has: alerts(list), map(), reset(), state("live" | "waiting").
 */
export function follow(after, on) {
  const source = new EventSource(`/api/v1/stream?after=${after}`);
  let arrived = [];

  source.addEventListener("open", () => on.state("live"));
  source.addEventListener("error", () => on.state("waiting"));
  source.addEventListener("map", () => on.map());
  source.addEventListener("reset", () => on.reset());
  source.addEventListener("alert", (event) => {
    // A burst of a thousand is one change of the page, not a thousand.
    if (!arrived.length) setTimeout(deliver, 150);
    arrived.push(JSON.parse(event.data));
  });

  function deliver() {
    const alerts = arrived;
    arrived = [];
    on.alerts(alerts);
  }
  return () => source.close();
}
