// Runs before the first paint: the reader's own choice of light or dark, if there is one, goes onto the document.
(() => {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's choice holds then.
  }
})();
