// The list of cases: what is ticked is counted; one box ticks the page. Without it every box is still there.
(() => {
  "use strict";
  const form = document.querySelector("form[data-ticks]");
  if (!form) return;
  const all = document.getElementById("tick-all");
  const told = document.getElementById("ticked");
  const idle = told?.textContent;
  const boxes = () => [...form.querySelectorAll("input[name=case]")];
  function count() {
    const ticked = boxes().filter((box) => box.checked).length;
    if (told) told.textContent = ticked ? `${told.dataset.words} ${ticked}` : idle;
    if (all) {
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && ticked < boxes().length;
    }
  }
  all?.addEventListener("change", () => { for (const box of boxes()) box.checked = all.checked; count(); });
  form.addEventListener("change", (event) => { if (event.target !== all) count(); });
  count();
})();
