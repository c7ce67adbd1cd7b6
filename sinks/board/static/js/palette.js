// Colours that people with any colour vision tell apart (Okabe and Ito, 2008); a holder keeps its own.

const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"];
const NOBODY = "#8b949e";

/** Return the colour of a holder by its position in the list of holders; null has that of nobody. */
export function colourOf(position) {
  return position === null || position === undefined || position < 0 ? NOBODY : COLOURS[position % COLOURS.length];
}

/** Return whether a holder shares its colour with an earlier one and so needs a mark of its own: a light centre. */
export const isSecond = (position) => position !== null && position >= COLOURS.length;

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

export const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

/** Colours of what is drawn on the map, where style sheets do not reach. */
export function mapColours() {
  return isDark()
    ? { land: "#1d252f", border: "#46525f", sea: "#0d1219", ink: "#e8ecf1", halo: "#0d1219", faint: "#7d8996" }
    : { land: "#f8f6f1", border: "#c2bdb1", sea: "#dde6ee", ink: "#14181d", halo: "#ffffff", faint: "#7c7a72" };
}

/** Change between dark and light, and remember it here. */
export function toggleTheme() {
  const chosen = isDark() ? "light" : "dark";
  root.dataset.theme = chosen;
  try {
    localStorage.setItem("placewatch-theme", chosen);
  } catch {
    // Storage is forbidden: it holds until the page is loaded again.
  }
  dispatchEvent(new Event("themechange"));
}

system.addEventListener("change", () => dispatchEvent(new Event("themechange")));
