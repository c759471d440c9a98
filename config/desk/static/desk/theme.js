// Before the first paint: the theme this screen chose, else the system's.
(() => {
  const chosen = localStorage.getItem("desk-theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
