// Locks the screen after a time without activity: first a warning, then a veil over the page until it is unlocked.
(() => {
  "use strict";
  const { idleSeconds, stillHere, unlock, of } = document.body.dataset;
  const idle = Number(idleSeconds);
  const warning = document.getElementById("desk-warning");
  const template = document.getElementById("desk-veil-template");
  if (!of || !idle || !template) return;
  const warn = Math.min(120, idle / 2);
  const between = Math.min(15, idle / 8) * 1000;
  const quiet = { "X-Desk-Script": "1", "X-Desk-Poll": "1" };
  // Last activity known to the server, as far as this page knows; the server decides.
  let seen = Date.now();
  let touched = 0;
  let reported = seen;
  let asking = false;
  let locked = false;
  const left = () => idle - (Date.now() - seen) / 1000;

  const others = new BroadcastChannel("desk-seen");
  others.onmessage = ({ data }) => { seen = Math.max(seen, data); };

  for (const kind of ["keydown", "pointerdown"]) {
    // A key or click in the warning is handled by the warning itself.
    addEventListener(kind, () => { if (!warning.open) touched = Date.now(); }, { passive: true });
  }

  // The warning or the veil takes the focus, which fires the change event of a changed field. The event is held back until
  // the person returns, because its listeners would ask the server in the person's absence.
  const unheard = new Set();
  addEventListener("change", (event) => {
    if (!warning.open && !locked) return;
    event.stopImmediatePropagation();
    unheard.add(event.target);
  }, true);
  function hear() {
    const fields = [...unheard];
    unheard.clear();
    for (const each of fields) each.dispatchEvent(new Event("change", { bubbles: true }));
  }
  warning.addEventListener("close", () => { if (!locked) hear(); });

  async function ask(headers) {
    const at = Date.now();
    asking = true;
    try {
      const answer = await fetch(stillHere, { headers, cache: "no-store" });
      const over = answer.headers.get("X-Desk-Locked");
      if (over) return lock(over);
      if (!answer.headers.has("X-Desk-Left")) return;
      seen = at - (idle - Number(answer.headers.get("X-Desk-Left"))) * 1000;
      if (headers["X-Desk-Poll"] === undefined) others.postMessage(seen);
    } catch {
      // The page locks in time even if the server cannot be reached.
      if (left() <= 0) lock("idle");
    } finally {
      asking = false;
    }
  }

  const extend = () => ask({ "X-Desk-Script": "1" });

  async function tick() {
    if (locked || asking) return;
    if (touched > reported && Date.now() - reported >= between) { reported = Date.now(); await extend(); }
    if (left() <= (warning.open ? 0 : warn)) await ask(quiet);
    if (locked) return;
    if (left() > warn) { if (warning.open) warning.close(); return; }
    if (!warning.open) {
      document.dispatchEvent(new Event("desk-keep"));
      warning.showModal();
    }
    count();
  }

  function count() {
    const seconds = Math.max(0, Math.ceil(left()));
    document.getElementById("desk-left").textContent =
      `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
    // Screen readers announce it twice, not each second.
    const aloud = document.getElementById("desk-left-aloud");
    const words = seconds <= 10 ? aloud.dataset.ten : seconds <= 60 && warn > 60 ? aloud.dataset.minute : "";
    if (words && aloud.textContent !== words) aloud.textContent = words;
    if (!words) aloud.textContent = "";
  }

  // Closing the warning, by button or key, is activity.
  warning.addEventListener("cancel", extend);
  document.getElementById("desk-go-on").addEventListener("click", () => { warning.close(); extend(); });

  const title = document.title;
  let veil = null;
  let was = null;
  const away = (hidden) => {
    for (const each of document.body.children) if (each !== veil) { each.hidden = hidden; each.inert = hidden; }
  };

  function lock(how) {
    if (locked) return;
    locked = true;
    document.dispatchEvent(new Event("desk-keep"));
    warning.close();
    was = document.activeElement;
    veil = template.content.firstElementChild.cloneNode(true);
    document.body.append(veil);
    away(true);
    for (const each of veil.querySelectorAll("[data-how]")) each.hidden = each.dataset.how !== (how === "idle" ? "idle" : "ended");
    document.title = veil.dataset.title;
    veil.querySelector("form").addEventListener("submit", open);
    veil.querySelector("#veil-password").focus();
  }

  function show(answer) {
    for (const each of document.querySelectorAll("[name=csrfmiddlewaretoken]")) each.value = answer.csrf;
    seen = Date.now() - (idle - answer.left) * 1000;
    reported = Date.now();
    if (locked) {
      locked = false;
      away(false);
      veil.remove();
      veil = null;
      document.title = title;
      was?.focus();
      hear();
    }
    document.dispatchEvent(new Event("desk-keep"));
  }

  // Asks whether a person has signed in again in this browser: the page's person sees the page, another is sent home.
  async function talk(options) {
    const answer = await (await fetch(unlock, { ...options, cache: "no-store", headers: { "X-Desk-Of": of } })).json();
    if (answer.home) location.assign(answer.home);
    else if (answer.open) show(answer);
    return answer;
  }
  const look = () => talk({}).catch(() => undefined);

  async function open(event) {
    event.preventDefault();
    const button = veil.querySelector("button");
    const [password, code] = veil.querySelectorAll("input");
    const words = veil.querySelector("#desk-veil-words");
    button.disabled = true;
    try {
      const { csrf, open: already, home } = await talk({});
      if (already || home) return;
      const body = new URLSearchParams({ csrfmiddlewaretoken: csrf, password: password.value, code: code.value });
      const answer = await talk({ method: "POST", body });
      if (!answer.words) return;
      words.textContent = answer.words;
      code.value = "";
      password.value = "";
      password.focus();
    } catch {
      words.textContent = words.dataset.away;
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("htmx:after:request", ({ detail }) => {
    const over = detail.ctx?.response?.headers.get("X-Desk-Locked");
    if (over) lock(over);
  });
  document.addEventListener("desk-locked", ({ detail }) => lock(detail));
  document.addEventListener("desk-stale", look);
  addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    if (locked) look();
    else if (left() <= 0) lock("idle");
    else tick();
  });
  setInterval(tick, 1000);
})();
