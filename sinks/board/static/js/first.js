// Before anything is painted: the theme that was chosen here last time, so that nothing flashes.
try {
  const chosen = localStorage.getItem("placewatch-theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is forbidden: the system's theme it is.
}
