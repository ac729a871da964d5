// Pages of others under our policy: what stood in their style and on… attributes (config/borrowed_templates.py).
(() => {
  const dress = (root) => {
    root.querySelectorAll("[data-style]").forEach((element) => {
      element.style.cssText += `;${element.dataset.style}`;
      element.removeAttribute("data-style");
    });
  };
  document.addEventListener("DOMContentLoaded", () => dress(document));
  // Alpine and jQuery write it as an attribute, which a strict policy forbids; as properties it is allowed.
  const { setAttribute } = Element.prototype;
  Element.prototype.setAttribute = function setAttributeOrStyle(name, value) {
    if (String(name).toLowerCase() === "style") this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
  // Rows that an inline formset or htmx adds later.
  new MutationObserver((changes) => {
    changes.forEach((change) => change.addedNodes.forEach((node) => { if (node.parentElement) dress(node.parentElement); }));
  }).observe(document.documentElement, { childList: true, subtree: true });

  document.addEventListener("click", (event) => {
    const element = event.target.closest("[data-onclick]");
    if (!element) return;
    const wish = element.dataset.onclick;
    if (wish.includes("history.go(-1)")) { event.preventDefault(); window.history.back(); }
    else if (wish.includes("window.close")) { event.preventDefault(); window.close(); }
    else if (wish.includes("window.print")) { event.preventDefault(); window.print(); }
  });
  // Oscar's picture field: its button gives way to the picture. "load" and "error" do not bubble.
  const uploaded = (isThere) => (event) => {
    if (!event.target.matches?.(".image-input img[data-onload]")) return;
    const button = event.target.parentElement.querySelector("button");
    if (button) button.hidden = isThere;
  };
  document.addEventListener("load", uploaded(true), true);
  document.addEventListener("error", uploaded(false), true);
})();
