// Passkeys: a button next to each field for a code, for an answer instead of a code; and the form that creates a passkey.
(() => {
  "use strict";
  const can = window.PublicKeyCredential?.parseRequestOptionsFromJSON && navigator.credentials;
  const here = (domain) => location.hostname === domain || location.hostname.endsWith(`.${domain}`);
  const fetchOptions = async (address) => (await fetch(address, { cache: "no-store", headers: { "X-Desk-Script": "1" } })).json();

  async function answer(input, asked) {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await fetchOptions(asked));
    const shown = await navigator.credentials.get({ publicKey });
    const form = input.form;
    // The field is hidden while it holds the answer, which is no readable text.
    const { type } = input;
    input.type = "hidden";
    input.value = JSON.stringify(shown);
    form.requestSubmit(form.querySelector("[data-sends]") || form.querySelector("button:not([type=button]):not([disabled])"));
    if (!form.dataset.passkeyMade) setTimeout(() => { input.type = type; });
  }

  function offer(input, words) {
    if (input.dataset.passkey) return;
    input.dataset.passkey = "1";
    const parts = words.content.cloneNode(true);
    const [button, fault] = parts.children;
    // The sign-in page and the veil ask for a passkey of any person.
    const gate = input.closest("#desk-veil, .desk-gate") ? "?gate=1" : "";
    button.addEventListener("click", async () => {
      fault.hidden = true;
      button.disabled = true;
      try {
        await answer(input, words.dataset.asked + gate);
      } catch {
        fault.hidden = false;
      } finally {
        button.disabled = false;
      }
    });
    input.after(parts);
  }

  function begin() {
    const words = document.getElementById("passkey-words");
    if (!can || !words || !here(words.dataset.domain)) return;
    const boxes = (root) => root.querySelectorAll?.("input[name=code][autocomplete=one-time-code], #veil-code").forEach((each) => offer(each, words));
    boxes(document);
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) addedNodes.forEach(boxes);
    }).observe(document.body, { childList: true, subtree: true });
  }

  function make(form) {
    const fault = form.querySelector("[data-passkey-fault]");
    const made = form.elements.answer;
    form.addEventListener("submit", async (event) => {
      if (made.value || !can || !here(form.dataset.domain)) return;
      event.preventDefault();
      fault.hidden = true;
      try {
        const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await fetchOptions(form.dataset.passkeyMade));
        made.value = JSON.stringify(await navigator.credentials.create({ publicKey }));
        form.requestSubmit();
      } catch {
        fault.hidden = false;
      }
    });
  }

  begin();
  document.querySelectorAll("form[data-passkey-made]").forEach(make);
})();
