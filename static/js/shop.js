// Small comforts; every page works without this file.
(() => {
  const field = document.getElementById("q");
  const list = document.getElementById("suggestions");
  if (field && list) {
    const close = () => list.replaceChildren();
    document.addEventListener("keydown", (event) => {
      const links = [...list.querySelectorAll("a")];
      if (!links.length) return;
      const at = links.indexOf(document.activeElement);
      const inside = at >= 0 || document.activeElement === field;
      if (event.key === "Escape") { close(); field.focus(); }
      else if (event.key === "ArrowDown" && inside) { event.preventDefault(); (links[at + 1] || links[0]).focus(); }
      else if (event.key === "ArrowUp" && inside) { event.preventDefault(); (links[at - 1] || field).focus(); }
    });
    document.addEventListener("click", (event) => {
      if (!event.target.closest(".masthead__search")) close();
    });
    field.addEventListener("search", () => { if (!field.value) close(); });
  }
  // A form sent twice by a nervous thumb is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });
  // A choice that goes without its own button (sorting, option): sent as soon as it is made.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form) form.requestSubmit();
  });
})();
