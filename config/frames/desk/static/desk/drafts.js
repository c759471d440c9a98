// A form never loses what was typed: it is kept on the server, sealed, while somebody types.
(() => {
  "use strict";
  const { drafts, posted, here } = document.body.dataset;
  const WAIT = 800;
  const changed = new Map();

  // An answer to a form has no address of its own: Back and reload show the page it came from, and ask nothing.
  if (posted) history.replaceState(null, "", here);
  const begun = document.querySelector("form[data-address]");
  if (begun && location.pathname + location.search !== begun.dataset.address) history.replaceState(null, "", begun.dataset.address);

  const secret = (field) => field?.type === "password" || field?.autocomplete === "one-time-code" || field?.type === "file";

  async function keep(form) {
    clearTimeout(changed.get(form));
    changed.delete(form);
    if (form.dataset.sent || !form.isConnected) return;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (!secret([].concat(form.elements[name])[0])) body.append(name, value);
    }
    try {
      const answer = await fetch(drafts, { method: "POST", body, keepalive: true, headers: { "X-Desk-Script": "1" } });
      const over = answer.headers.get("X-Desk-Locked");
      if (over) document.dispatchEvent(new CustomEvent("desk-locked", { detail: over }));
      // A token that is too old is changed for a fresh one, once.
      if (answer.status === 403 && !form.dataset.stale) {
        form.dataset.stale = "1";
        changed.set(form, 0);
        document.dispatchEvent(new Event("desk-stale"));
      }
      if (answer.ok) delete form.dataset.stale;
    } catch {
      // Tried again with the next key.
      changed.set(form, 0);
    }
  }
  const keepAll = () => Promise.all([...changed.keys()].map(keep));

  function note(event) {
    const form = event.target.form ?? (event.target.matches?.("form") ? event.target : null);
    if (!form?.elements.drafted) return;
    clearTimeout(changed.get(form));
    changed.set(form, setTimeout(() => keep(form), WAIT));
  }
  document.addEventListener("input", note);
  document.addEventListener("change", note);
  document.addEventListener("desk-keep", keepAll);
  addEventListener("visibilitychange", () => { if (document.hidden) keepAll(); });
  addEventListener("pagehide", keepAll);

  // What is submitted is kept by its answer, if it comes back; what is cleared is kept no more.
  document.addEventListener("submit", ({ target, defaultPrevented }) => {
    if (!defaultPrevented && "clears" in target.dataset) {
      for (const timer of changed.values()) clearTimeout(timer);
      changed.clear();
    }
    if (defaultPrevented || !changed.has(target)) return;
    clearTimeout(changed.get(target));
    changed.delete(target);
  });

  // The other language shows the same page with what stands in it; a page that shows something once stays as it is.
  const language = document.getElementById("language-switch");
  language?.addEventListener("submit", async (event) => {
    language.elements.back.value = location.pathname + location.search;
    if (language.elements.stays) { document.getElementById("language-told").textContent = language.dataset.told; delete language.dataset.sent; return; }
    if (!changed.size) return;
    event.preventDefault();
    const chosen = document.createElement("input");
    Object.assign(chosen, { type: "hidden", name: "language", value: event.submitter.value });
    language.append(chosen);
    await keepAll();
    language.submit();
  });
})();
