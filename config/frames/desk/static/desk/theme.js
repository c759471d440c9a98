// Before the first paint: the theme this screen chose, else the system's.
(() => {
  const chosen = localStorage.getItem("desk-theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement;
  root.setAttribute("data-bs-theme", dark ? "dark" : "light");

  // Paper is light, whatever the screen is.
  let screen = null;
  const show = (theme) => {
    root.setAttribute("data-bs-theme", theme);
    dispatchEvent(new Event("desk-theme"));
  };
  addEventListener("beforeprint", () => { screen = root.getAttribute("data-bs-theme"); show("light"); });
  addEventListener("afterprint", () => { if (screen) show(screen); });
})();
