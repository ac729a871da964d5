// Light or dark, as the visitor chose it. Runs before the page is drawn, so that none flashes in the other; without a
// choice, and without scripts, the device decides (css/tokens.css).
(() => {
  const page = document.documentElement;
  const colours = [...document.querySelectorAll("meta[name='theme-color']")];
  const media = colours.map((meta) => meta.media);
  const kept = () => { try { return localStorage.getItem("theme") || "system"; } catch { return "system"; } };
  const show = (theme) => {
    const isChosen = theme === "light" || theme === "dark";
    if (isChosen) page.dataset.theme = theme; else delete page.dataset.theme;
    colours.forEach((meta, at) => { meta.media = isChosen ? (media[at].includes(theme) ? "all" : "not all") : media[at]; });
  };
  show(kept());
  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("[data-theme-switch]")) {
      const chosen = box.querySelector(`input[value="${CSS.escape(kept())}"]`);
      if (chosen) chosen.checked = true;
      box.hidden = false;
      box.addEventListener("change", (event) => {
        try { localStorage.setItem("theme", event.target.value); } catch { /* then it holds for this page */ }
        show(event.target.value);
      });
    }
  });
  window.addEventListener("storage", (event) => { if (event.key === "theme") show(kept()); });
})();
