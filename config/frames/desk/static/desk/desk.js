// Clock and countdowns by the server's time, the box for codes, keyboard, theme, submission of forms.
(() => {
  "use strict";
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const two = (n) => String(n).padStart(2, "0");

  const clock = document.getElementById("bank-clock");
  const base = clock ? Date.parse(clock.dataset.now) : 0;
  const shanghai = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" });

  function tick() {
    if (clock) clock.textContent = shanghai.format(base + elapsed() * 1000);
    for (const each of document.querySelectorAll(".countdown")) {
      // A fragment that is loaded later counts from its arrival.
      each.began ??= elapsed();
      const left = Math.max(0, Number(each.dataset.seconds) - (elapsed() - each.began));
      each.textContent = left > 0
        ? `${two(Math.floor(left / 3600))}:${two(Math.floor(left / 60) % 60)}:${two(Math.floor(left) % 60)}`
        : each.dataset.due || "00:00:00";
      each.classList.toggle("text-danger", left < 600);
      each.classList.toggle("text-warning", left >= 600 && left < 3600);
    }
  }
  setInterval(tick, 500);

  const box = document.getElementById("code-box");
  const form = document.getElementById("code-form");
  const unknown = document.getElementById("code-unknown");
  const say = (words) => {
    box.setAttribute("aria-invalid", String(Boolean(words)));
    unknown.textContent = words;
  };
  if (form) {
    // As `named` in codes.py: the first three names are a page's own, the others are words that pages share.
    const named = (typed) => {
      const options = [...document.querySelectorAll("#codes option")].map((each) => ({
        each, title: each.value.toLowerCase(), names: each.dataset.names.split("|"),
      }));
      const own = options.filter(({ title, names }) => title === typed || names.slice(0, 3).includes(typed));
      const shared = own.length ? own : options.filter(({ names }) => names.includes(typed));
      const found = shared.length ? shared
        : options.filter(({ title, names }) => title.includes(typed) || names.some((name) => name.startsWith(typed)));
      return found.map(({ each }) => each);
    };
    form.addEventListener("submit", (event) => {
      const typed = box.value.normalize("NFKC").trim().toLowerCase();
      const found = typed ? named(typed) : [];
      // Several are listed by the server. A longer number may be personal: it is sent as a form, never in an address.
      if (found.length > 1 || (!found.length && typed.length > 4 && /\d/.test(typed))) return;
      event.preventDefault();
      if (found.length) { location.assign(found[0].dataset.url); return; }
      // Only the server knows the words of the other language and what other roles may do. The page stays.
      fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Desk-Script": "1" } })
        .then((answer) => {
          if (answer.ok) form.submit();
          else say(answer.status === 403 ? unknown.dataset.denied : unknown.dataset.words);
        });
    });
    box.addEventListener("input", () => say(""));
  }

  const keys = document.getElementById("desk-keys");
  document.getElementById("desk-keys-open")?.addEventListener("click", () => keys.showModal());

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const printing = document.querySelector("[data-print], [data-prints]");
    if (event.altKey && event.code === "KeyP" && printing) { event.preventDefault(); printing.click(); }
    if (event.key === "F2" && box) { event.preventDefault(); box.focus(); box.select(); }
    // A page whose F8 only previews keeps it.
    const previews = document.querySelector('[data-key="F8"]');
    if ((event.key === "Enter" && event.ctrlKey) || (event.key === "F8" && !event.repeat && !previews)) {
      const form = event.target.closest("form") || document.querySelector("form[data-begin]");
      // A form that Enter must not submit has an inert first button; its submit button is marked data-sends.
      const submit = form?.querySelector("[data-sends]") || form?.querySelector("button:not([type=button])");
      if (submit) { event.preventDefault(); submit.click(); }
    }
    // A digit selects a choice in the focused field; the focus stays, so another digit corrects it.
    const stated = event.target.closest("[data-digits]");
    if (stated && /^[1-9]$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      const nth = Number(event.key);
      // The first option of a select is the empty one.
      if (stated.options?.[nth]) {
        stated.selectedIndex = nth;
        for (const kind of ["input", "change"]) stated.dispatchEvent(new Event(kind, { bubbles: true }));
      }
      const button = stated.querySelectorAll("input")[nth - 1];
      button?.focus();
      button?.click();
      return;
    }
    // A key selects a decision without submitting it, also in the field for the code, which takes only digits.
    const chosen = [...document.querySelectorAll("[data-choice]")].find((each) => each.dataset.choice === event.key);
    const free = !event.target.closest("textarea, select, [contenteditable]") && event.target !== box;
    if (chosen && free && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      chosen.checked = true;
      chosen.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    // Keys also work in a checkbox, because it takes no text.
    const typing = event.target.closest("input:not([type=checkbox], .desk-decide [autocomplete=one-time-code]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "/" && box) { event.preventDefault(); box.focus(); box.select(); return; }
    const rows = [...document.querySelectorAll(".desk-rows tbody tr")].filter((row) => row.querySelector("a"));
    const own = rows.find((row) => row.contains(document.activeElement));
    // Arrows scroll the page until a row has the focus.
    const arrow = own && { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const step = { j: 1, k: -1 }[event.key] || arrow;
    if (step && rows.length) {
      if (arrow) event.preventDefault();
      const at = rows.indexOf(own) + step;
      rows[Math.min(rows.length - 1, Math.max(0, at))].querySelector("a").focus();
    }
    if (event.key === "?" && keys) { event.preventDefault(); keys.showModal(); return; }
    // A key of the whole page follows its link.
    const led = [...document.querySelectorAll("[data-page-key]")].find((each) => each.dataset.pageKey === event.key);
    if (led) { event.preventDefault(); led.click(); return; }
    // Keys of a row are declared in it (data-key="c"). Without a focused row the key acts if only one row has it, and
    // otherwise focuses the first of them.
    const keyed = [...document.querySelectorAll(".desk-rows [data-key]")].filter((each) => each.dataset.key === event.key);
    const mine = own ? keyed.find((each) => own.contains(each)) : null;
    if (mine || keyed.length === 1) { event.preventDefault(); (mine || keyed[0]).click(); } else keyed[0]?.focus();
  });

  // Initial focus: the first wrong field of any form; else the field that the form names, else its first field.
  const seen = (each) => each.offsetParent !== null;
  const wrong = [...document.querySelectorAll("main [aria-invalid=true]")].find(seen);
  const begun = document.querySelector("form[data-begin]");
  // The content is selected, so that typing replaces it.
  const enter = (field, options) => {
    field?.focus(options);
    if (field?.matches("input:not([type=checkbox], [type=radio], [type=file]), textarea")) field.select();
  };
  if (wrong) enter(wrong);
  else if (begun) {
    const fields = [...begun.querySelectorAll("input:not([type=hidden]), select, textarea")].filter(seen);
    enter(begun.querySelector(begun.dataset.begin || "[data-first]") || fields[0], { preventScroll: true });
  }

  // A replaced part of the page names the element that gets the focus.
  document.addEventListener("htmx:after:swap", () => {
    const next = document.querySelector("[data-focus]");
    if (!next) return;
    next.removeAttribute("data-focus");
    next.focus();
  });

  document.getElementById("theme-switch")?.addEventListener("click", () => {
    const root = document.documentElement;
    const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.setAttribute("data-bs-theme", next);
    localStorage.setItem("desk-theme", next);
    dispatchEvent(new Event("desk-theme"));
  });

  // Prevents a second submission for some seconds; the server also ignores a repeat by the form's key.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // A form that answers with a file leaves the page open and may be sent again at once (data-again).
    if (form.method !== "post" || event.defaultPrevented || "again" in form.dataset) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });

  // The message for a missing choice in the page's language; the browser would use its own.
  document.addEventListener("invalid", ({ target }) => target.setCustomValidity(target.dataset.missing || ""), true);
  document.addEventListener("input", ({ target }) => target.setCustomValidity?.(""), true);

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) print();
  });
  if (document.querySelector("[data-print-now]")) print();
})();
