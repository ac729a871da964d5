// The agent's screen: put an article into the answer, and keep a draft while other buttons reload the page.
(() => {
  const desk = document.querySelector(".desk");
  const box = document.querySelector("textarea[data-draft]");
  if (!desk || !box) return;
  const key = `desk-draft-${desk.dataset.ticket}`;
  const store = window.sessionStorage;
  if (!box.value) box.value = store.getItem(key) || "";
  box.addEventListener("input", () => store.setItem(key, box.value));
  box.form.addEventListener("submit", (event) => {
    const { form } = box;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    store.removeItem(key);
  });
  window.addEventListener("pageshow", () => { delete box.form.dataset.sent; });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const at = box.selectionStart ?? box.value.length;
    const before = box.value.slice(0, at);
    const gap = before && !before.endsWith("\n") ? "\n" : "";
    box.setRangeText(`${gap}${button.dataset.insert}\n`, at, box.selectionEnd ?? at, "end");
    box.dispatchEvent(new Event("input"));
    box.focus();
  });
})();
