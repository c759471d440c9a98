// Small helps of the opening and card forms; without them every field and number is still there.
(() => {
  "use strict";
  function show(box) {
    const fields = document.getElementById(box.dataset.opens);
    if (fields) fields.hidden = !box.checked;
  }
  for (const box of document.querySelectorAll("[data-opens]")) {
    show(box);
    box.addEventListener("change", () => show(box));
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || !navigator.clipboard) return;
    const number = document.getElementById(button.dataset.copy).textContent.replace(/\s/g, "");
    await navigator.clipboard.writeText(number);
    button.textContent = "✓";
  });
})();
