// For small screens: names of columns in the cells of a list, where a row is shown as a card; scrolling by keyboard; and
// the folded menu.
(() => {
  "use strict";
  function name() {
    for (const table of document.querySelectorAll(".table-responsive > table:not(.desk-cards)")) {
      const heads = [...table.querySelectorAll("thead th")];
      if (!heads.length || table.querySelector("[rowspan]")) continue;
      const words = heads.map((head) => head.querySelector(".visually-hidden") ? "" : head.textContent.trim());
      for (const row of table.tBodies[0]?.rows || []) {
        // A row with merged cells gets no names.
        if (row.cells.length !== heads.length) continue;
        [...row.cells].forEach((cell, at) => { if (words[at]) cell.dataset.label = words[at]; });
      }
      table.classList.add("desk-cards");
    }
  }
  // Content that does not fit can be focused, so that arrow keys scroll it.
  function reach() {
    for (const each of document.querySelectorAll(".table-responsive, .desk-calendar, .desk-due, .cln-scroll")) {
      if (each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight) each.tabIndex = 0;
      else each.removeAttribute("tabindex");
    }
  }
  function arrange() { name(); reach(); }
  arrange();
  addEventListener("resize", reach);
  const fold = document.getElementById("desk-fold");
  fold?.addEventListener("click", () => {
    const open = document.getElementById("desk-menu").classList.toggle("is-open");
    fold.setAttribute("aria-expanded", String(open));
  });
  document.addEventListener("htmx:after:swap", arrange);
})();
