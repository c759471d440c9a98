// Saves the content of forms on the server, encrypted, while it is typed.
(() => {
  "use strict";
  const { drafts, posted, here } = document.body.dataset;
  const WAIT = 800;
  const changed = new Map();

  // The answer to a form gets the address of the form's page, so that Back and reload do not submit it again.
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
      // An expired token is replaced once by a new one.
      if (answer.status === 403 && !form.dataset.stale) {
        form.dataset.stale = "1";
        changed.set(form, 0);
        document.dispatchEvent(new Event("desk-stale"));
      }
      if (answer.ok) delete form.dataset.stale;
    } catch {
      // Tried again with the next input.
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

  // The server saves a submitted form if it refuses it; a cleared form must not be saved again.
  document.addEventListener("submit", ({ target, defaultPrevented }) => {
    if (!defaultPrevented && "clears" in target.dataset) {
      for (const timer of changed.values()) clearTimeout(timer);
      changed.clear();
    }
    if (defaultPrevented || !changed.has(target)) return;
    clearTimeout(changed.get(target));
    changed.delete(target);
  });

  // A switch of the language saves the forms and reloads the page, except a page that shows a secret once.
  const language = document.getElementById("language-switch");
  language?.addEventListener("submit", async (event) => {
    language.elements.back.value = location.pathname + location.search;
    if (language.elements.stays) { document.getElementById("language-notice").textContent = language.dataset.notice; delete language.dataset.sent; return; }
    if (!changed.size) return;
    event.preventDefault();
    const chosen = document.createElement("input");
    Object.assign(chosen, { type: "hidden", name: "language", value: event.submitter.value });
    language.append(chosen);
    await keepAll();
    language.submit();
  });
})();
