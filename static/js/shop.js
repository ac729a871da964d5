// Small comforts; every page works without this file.
(() => {
  // The search field and what it suggests: a combobox with a list (WAI-ARIA). The focus stays in the field.
  const field = document.getElementById("q");
  const box = document.getElementById("suggestions");
  if (field && box) {
    const said = document.getElementById("suggestions-said");
    const options = () => [...box.querySelectorAll("[role=option]")];
    const chosen = () => box.querySelector("[aria-selected=true]");
    const choose = (option) => {
      chosen()?.removeAttribute("aria-selected");
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) field.setAttribute("aria-activedescendant", option.id);
      else field.removeAttribute("aria-activedescendant");
    };
    const show = (isShown) => {
      choose(null);
      box.hidden = !isShown;
      field.setAttribute("aria-expanded", String(isShown && options().length > 0));
    };
    const close = () => { window.htmx?.trigger(field, "htmx:abort"); said.textContent = ""; show(false); };
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-controls": "suggested", "aria-expanded": "false" };
    for (const [name, value] of Object.entries(attributes)) field.setAttribute(name, value);
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const isShown = !box.hidden && box.childElementCount > 0;
      const all = options();
      const at = all.indexOf(chosen());
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape" && isShown) { event.preventDefault(); close(); } // the next one clears the field
      else if (event.key === "Enter" && isShown && chosen()) { event.preventDefault(); chosen().click(); }
      else if (step && all.length) {
        event.preventDefault();
        if (isShown) choose([null, ...all].at((at + 1 + step) % (all.length + 1)));
        else show(true);
      }
    });
    box.addEventListener("mousedown", (event) => event.preventDefault()); // which would take the focus from the field
    field.addEventListener("blur", close);
    field.addEventListener("search", () => { if (!field.value) { box.replaceChildren(); close(); } });
    box.addEventListener("htmx:afterSwap", () => {
      options().forEach((option, number) => { option.id = `suggestion-${number}`; });
      show(document.activeElement === field);
    });
    for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) field.addEventListener(name, () => {
      const told = Object.assign(document.createElement("p"), { className: "suggestions__none", textContent: box.dataset.missing });
      box.replaceChildren(told);
      said.textContent = told.textContent;
      show(document.activeElement === field);
    });
  }
  // A form sent twice by a nervous thumb is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  // The first field with an error is where one wants to be.
  const wrong = document.querySelector("main [aria-invalid='true']:not([type='hidden'])");
  if (wrong) wrong.focus();
  // Waiting is seen where something will change; an answer that does not come is said.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.getAttribute("hx-swap") !== "none") event.detail.target?.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => event.detail.target?.removeAttribute("aria-busy"));
  const trouble = document.getElementById("trouble");
  const sayTrouble = (event) => {
    if (!trouble || !event.target.matches("form, button, a, select")) return; // what asks by itself will ask again
    document.querySelectorAll("[data-trouble]").forEach((old) => old.remove());
    const box = document.createElement("div");
    box.className = "messages";
    box.dataset.trouble = "";
    box.append(trouble.content.cloneNode(true));
    document.querySelector("main").before(box);
    box.scrollIntoView({ block: "nearest" });
  };
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, sayTrouble);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "basket-link") document.querySelectorAll("[data-trouble]").forEach((old) => old.remove());
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });
  // A page that is seen again says what is in the basket now, not what was in it when it was drawn; and its forms get the
  // token of now, for whoever has logged in in another tab.
  const drawBasketLink = () => {
    const link = document.getElementById("basket-link");
    if (!link || !window.htmx) return;
    htmx.ajax("GET", link.dataset.now, { target: link, swap: "outerHTML" }).catch(() => { /* it stays as it is */ });
  };
  const [arrival] = performance.getEntriesByType("navigation");
  if (arrival?.type === "back_forward") drawBasketLink();
  document.addEventListener("visibilitychange", () => { if (!document.hidden) drawBasketLink(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) drawBasketLink(); });
  document.addEventListener("htmx:responseError", (event) => { if (event.detail.xhr.status === 403) drawBasketLink(); });
  document.addEventListener("shop:token", (event) => {
    document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = event.detail.token; });
  });
  // What has the focus in the basket may be gone when that has changed: then the next line has it, or the heading.
  let heirs = [];
  document.addEventListener("htmx:beforeSwap", () => {
    const at = document.activeElement;
    const line = at.closest("#basket .line");
    const button = (other) => other?.querySelector(".line__out")?.id;
    heirs = [button(line), button(line?.nextElementSibling), at.closest("#basket .summary") && "voucher-code"];
    if (at.closest("#basket")) heirs.push("basket-title");
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (document.activeElement !== document.body) return;
    heirs.map((id) => document.getElementById(id)).find(Boolean)?.focus();
  });
  // A choice that goes without its own button (sorting, filter, quantity): sent as soon as it is made; but who walks
  // through a list with the arrow keys has made it only with Enter, or when going on. Whoever sends it in a way of his own
  // (js/listing.js) takes "shop:choose".
  let key = "";
  let held = null; // what was walked through and is not sent yet
  const send = (changed, then) => {
    held = null;
    const event = new CustomEvent("shop:choose", { bubbles: true, cancelable: true, detail: { then } });
    if (changed.dispatchEvent(event)) changed.form.requestSubmit();
  };
  document.addEventListener("keydown", (event) => {
    key = event.key;
    if (key === "Enter" && held && event.target === held) { event.preventDefault(); send(held, held); }
  });
  document.addEventListener("keyup", () => { key = ""; });
  document.addEventListener("pointerdown", (event) => {
    key = "";
    if (event.target.closest("a, label")) held = null; // the click that follows takes it along, or leads elsewhere
  });
  document.addEventListener("change", (event) => {
    const changed = event.target;
    if (!changed.form?.matches("[data-auto]")) return;
    if (key && key !== "Enter" && key !== " " && changed.matches("select, [type=radio]")) held = changed;
    else send(changed, changed);
  });
  document.addEventListener("focusout", (event) => {
    const next = event.relatedTarget;
    const stays = document.activeElement === event.target; // it is the window that was left
    if (!held || stays || (next?.type === "radio" && next.name === held.name)) return;
    send(held, next?.closest("form") === held.form && (next.name || next.matches("summary")) ? next : held);
  });
})();
