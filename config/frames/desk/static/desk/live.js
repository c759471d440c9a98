// Parts of a page that refresh themselves (data-live), but not in a hidden tab and not with unchanged content; while the
// server cannot be reached, the page shows since when.
(() => {
  "use strict";
  const banner = document.getElementById("desk-away");
  const clock = document.getElementById("bank-clock");
  if (!banner || !clock) return;
  let shown = clock.textContent;
  const live = () => document.querySelectorAll("[data-live]");
  const again = () => { for (const each of live()) each.dispatchEvent(new CustomEvent("every", { detail: {} })); };
  const version = (part) => part.dataset.version || part.querySelector("[data-version]")?.dataset.version;

  function away() {
    if (!banner.hidden) return;
    banner.textContent = banner.dataset.words + shown;
    banner.hidden = false;
  }
  function here() {
    shown = clock.textContent;
    banner.hidden = true;
    for (const each of document.querySelectorAll("[data-as-of]")) each.textContent = shown;
  }

  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    if (!ctx.sourceElement?.matches?.("[data-live]")) return;
    if (document.hidden) { event.preventDefault(); return; }
    const seen = version(ctx.sourceElement);
    if (seen) ctx.request.headers["X-Desk-Seen"] = seen;
  });
  document.addEventListener("htmx:before:response", ({ detail: { ctx } }) => {
    if (ctx.response.status >= 500) away();
    else if (ctx.sourceElement?.matches?.("[data-live]")) here();
    else banner.hidden = true;
  });
  document.addEventListener("htmx:error", ({ detail }) => { if (detail.ctx) away(); });
  addEventListener("offline", away);
  addEventListener("online", () => { if (live().length) again(); else banner.hidden = true; });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) again(); });
})();
