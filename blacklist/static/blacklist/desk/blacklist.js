// Rows of the certificate's form: one can be taken away again, and a new one is ready to be typed into.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove-row]");
    if (!button) return;
    const row = button.closest("[data-row]");
    const rows = row.parentElement.querySelectorAll("[data-row]");
    if (rows.length > 1) {
      const next = row.nextElementSibling || row.previousElementSibling;
      const form = row.closest("form");
      row.remove();
      form.dispatchEvent(new Event("change", { bubbles: true }));
      next.querySelector("input:not([type=hidden]), select")?.focus();
    } else {
      for (const box of row.querySelectorAll("input:not([type=hidden])")) box.value = "";
      row.querySelector("input:not([type=hidden])")?.focus();
    }
  });
  // The extent is asked for if the legal basis has a threshold, the sentence if someone was punished under a basis whose
  // terms prevail; fields with a value stay visible.
  const paper = document.getElementById("paper");
  const basis = document.getElementById("id_legal_basis");
  const category = document.getElementById("id_category");
  const show = (kind, asked) => {
    for (const box of paper.querySelectorAll(kind)) {
      box.hidden = !asked && !box.querySelector("input, select").value && !box.querySelector(".invalid-feedback");
    }
  };
  const ask = () => {
    show(".desk-extent", paper.dataset.thresholds.split(" ").includes(basis.value));
    const sentenced = paper.dataset.sentences.split(" ").includes(basis.value);
    show(".desk-sentence", sentenced && category.value === paper.dataset.punished);
  };
  if (paper && basis && category) {
    for (const each of [basis, category]) each.addEventListener("change", ask);
    ask();
  }
  document.addEventListener("htmx:after:swap", () => {
    const where = document.activeElement?.getAttribute("hx-target");
    if (where !== "#subjects" && where !== "#accounts") return;
    document.querySelector(`${where} [data-row]:last-child :is(select, input:not([type=hidden]))`)?.focus();
  });
})();
