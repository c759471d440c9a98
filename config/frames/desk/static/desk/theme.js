// Sets the theme before the page is painted: the one chosen on this screen, else the system's.
(() => {
  const chosen = localStorage.getItem("desk-theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement;
  root.setAttribute("data-bs-theme", dark ? "dark" : "light");

  // Prints are always light.
  let screen = null;
  const show = (theme) => {
    root.setAttribute("data-bs-theme", theme);
    dispatchEvent(new Event("desk-theme"));
  };
  addEventListener("beforeprint", () => { screen = root.getAttribute("data-bs-theme"); show("light"); });
  addEventListener("afterprint", () => { if (screen) show(screen); });
})();
