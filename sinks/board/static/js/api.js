// Asking the board's API. An error carries what the board said to do about it.

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Return the answer to a request as an object. Throws a Problem. */
export async function ask(path, params = "", options = {}) {
  const query = params.toString();
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}${query && `?${query}`}`, { credentials: "omit", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The board does not answer. Is `placewatch board` still running?");
  }
  if (answer.ok) return answer.json();
  let detail = answer.statusText;
  try {
    detail = (await answer.json()).detail || detail;
  } catch {
    // A proxy's error page: its status has to do.
  }
  throw new Problem(answer.status, detail);
}

/** Return a function that asks and drops the answers that came too late: only the newest question counts. */
export function latest() {
  let abort = null;
  return (path, params, options) => {
    abort?.abort();
    abort = new AbortController();
    return ask(path, params, { ...options, signal: abort.signal });
  };
}

/** Return whether an error only says that a newer question was asked. */
export const isOvertaken = (error) => error.name === "AbortError";

export function place(id, at) {
  return ask(`places/${encodeURIComponent(id)}`, at ? new URLSearchParams({ at }) : "");
}
