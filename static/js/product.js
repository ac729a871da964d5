// The pictures of a product: the small ones move the strip of the big ones. Without this they are links to them.
(() => {
  const strip = () => document.querySelector(".gallery__strip");
  const links = () => [...document.querySelectorAll("a[data-picture]")];
  const show = (place) => {
    const all = links();
    const to = Math.max(0, Math.min(place, all.length - 1));
    const main = strip();
    if (main) main.scrollTo({ left: to * main.clientWidth });
    return all[to];
  };
  const mark = (place) => links().forEach((link, at) => {
    if (at === place) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-picture]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(Number(link.dataset.picture));
  });
  document.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const link = event.target.closest("a[data-picture]");
    const main = event.target.closest(".gallery__strip");
    if (!link && !main) return;
    event.preventDefault();
    const at = link ? Number(link.dataset.picture) : Math.round(main.scrollLeft / main.clientWidth);
    const next = show(at + step);
    if (link && next) next.focus();
  });
  // A scroll does not bubble: it is caught on its way down.
  document.addEventListener("scroll", (event) => {
    if (event.target === strip()) mark(Math.round(event.target.scrollLeft / event.target.clientWidth));
  }, true);
})();
