// The list of cases: counts the ticked cases; one box ticks all of the page. Without the script each box still works.
(() => {
  "use strict";
  const form = document.querySelector("form[data-ticks]");
  if (!form) return;
  const all = document.getElementById("tick-all");
  const counter = document.getElementById("ticked");
  const idle = counter?.textContent;
  const boxes = () => [...form.querySelectorAll("input[name=case]")];
  function count() {
    const ticked = boxes().filter((box) => box.checked).length;
    if (counter) counter.textContent = ticked ? `${counter.dataset.words} ${ticked}` : idle;
    if (all) {
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && ticked < boxes().length;
    }
  }
  all?.addEventListener("change", () => { for (const box of boxes()) box.checked = all.checked; count(); });
  form.addEventListener("change", (event) => { if (event.target !== all) count(); });
  count();
})();
