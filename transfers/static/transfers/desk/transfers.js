// Transfers at the desk: Enter as at a counter.
(() => {
  "use strict";
  // Enter goes to the next field; Ctrl+Enter sends. What an input method composes is left alone.
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "F8") {
      const preview = document.querySelector('[data-key="F8"]');
      if (preview) { event.preventDefault(); preview.click(); }
    }
    if (event.key !== "Enter" || event.ctrlKey || event.altKey || event.metaKey) return;
    const form = event.target.closest("form[data-enter-next]");
    if (!form || !event.target.matches("input")) return;
    event.preventDefault();
    const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, button")]
      .filter((field) => !field.disabled && (field.type !== "radio" || field.checked || first(form, field)));
    const own = event.target.type === "radio" ? fields.find((field) => field.name === event.target.name) : event.target;
    fields[fields.indexOf(own) + 1]?.focus();
  });
  // Of a group of choices one is reached: the chosen one, or the first.
  const first = (form, field) => !form.querySelector(`input[name="${field.name}"]:checked`)
    && form.querySelector(`input[name="${field.name}"]`) === field;
})();
