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
  // Only a passport has a country to tell, and only some numbers carry no birth date.
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
  // Only a product outside the four asks by what the holder can have it.
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
