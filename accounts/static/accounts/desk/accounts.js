// Helpers of the opening and card forms. Without the script each field and number still works.
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
  // Only passports have a country field, and only documents whose number has no birth date have a field for it.
  const dated = ["resident_id", "temporary_id", "household_register", "hmt_residence"];
  function fit(select) {
    const prefix = select.id.replace(/(type|by)$/, "");
    const country = document.getElementById(`${prefix}country`);
    const birth = document.getElementById(`${prefix}birth_date`);
    if (country) country.closest(".acc-field").hidden = select.value !== "passport" && !country.value;
    if (birth) birth.closest(".acc-field").hidden = (!select.value || dated.includes(select.value)) && !birth.value;
  }
  for (const select of document.querySelectorAll("select[id$='type'], select#id_by")) {
    fit(select);
    select.addEventListener("change", () => fit(select));
  }
  // Only a product outside the limit of four asks for the entitlement.
  function prove(select) {
    const proof = document.getElementById(select.id.replace(/(product|card)$/, "proof"));
    if (proof) proof.closest(".acc-field").hidden = !select.dataset.proved.split(" ").includes(select.value);
  }
  for (const select of document.querySelectorAll("select[data-proved]")) {
    prove(select);
    select.addEventListener("change", () => prove(select));
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || !navigator.clipboard) return;
    const number = document.getElementById(button.dataset.copy).textContent.replace(/\s/g, "");
    await navigator.clipboard.writeText(number);
    button.textContent = "✓";
  });
})();
