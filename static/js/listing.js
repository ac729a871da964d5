// The filter of a list; every list works without this file.
(() => {
  // On a phone the filter is a sheet over the page. What is chosen there is shown at once behind it, and counted on its
  // button; Back closes it, and takes back what was chosen.
  const narrow = window.matchMedia("(max-width: 63.99rem)");
  const sheet = () => document.getElementById("facets");
  const isOpen = () => "popover" in HTMLElement.prototype && Boolean(sheet()?.matches(":popover-open"));
  const nameOf = (fold) => fold.getAttribute("aria-label") ?? `${nameOf(fold.parentElement)} +`;
  const folds = () => [...sheet().querySelectorAll("details")];
  const openFolds = () => folds().filter((fold) => fold.open).map(nameOf);
  const setFolds = (names) => folds().forEach((fold) => {
    fold.open = names.includes(nameOf(fold)) || Boolean(fold.querySelector("[checked]:not([value=''])"));
  });
  const others = (at) => {
    if (at === document.body) return [];
    const beside = [...at.parentElement.children].filter((one) => one !== at);
    return [...beside, ...others(at.parentElement)];
  };
  let drawn = location.search; // what the list shows
  let opened = ""; // what it showed when the sheet was opened
  let isBack = false;
  if (sheet() && narrow.matches) setFolds([]);
  if (history.state?.sheet) history.replaceState(null, "");
  document.addEventListener("beforetoggle", (event) => {
    if (event.target !== sheet()) return;
    const opens = event.newState === "open";
    others(event.target).forEach((one) => { one.inert = opens; });
    if (opens && !history.state?.sheet) {
      opened = drawn;
      history.pushState({ sheet: true }, "");
    } else if (!opens && history.state?.sheet && !isBack) {
      if (drawn === opened) history.back();
      else history.replaceState(null, "");
    }
  }, true);
  document.addEventListener("toggle", (event) => {
    if (event.target !== sheet() || isOpen()) return;
    document.querySelector(".sieve__open").focus({ preventScroll: true });
  }, true);
  window.addEventListener("popstate", () => {
    if (!sheet()) return;
    isBack = true;
    if (isOpen()) sheet().hidePopover();
    isBack = false;
    if (location.search !== drawn) location.reload();
  });
  // What has the focus, told so that it is found in the list that comes: boxes by their value too, of which several have
  // the same name, and the heads of groups by theirs.
  const told = (one) => {
    const { name, value, type } = one;
    if (one.matches("#facets summary")) return { fold: nameOf(one.parentElement) };
    return { name, value: type === "radio" || type === "checkbox" ? value : null };
  };
  const findAgain = (form, { name, value, fold }) =>
    fold ? folds().find((one) => nameOf(one) === fold)?.querySelector("summary")
      : name && [...form.elements].find((one) => one.name === name && (value === null || one.value === value));
  let asked;
  const drawAnew = async (search, focused) => {
    asked?.abort();
    const mine = asked = new AbortController();
    sheet().querySelector(".sieve__groups").setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(location.pathname + search, { signal: mine.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector(".found");
      if (!answer.ok || !fresh?.querySelector("#facets")) throw new Error(answer.statusText);
      if (mine !== asked) return;
      const names = openFolds();
      const top = sheet().querySelector(".sieve__groups").scrollTop;
      const wasOpen = isOpen();
      document.querySelector(".found").replaceWith(document.adoptNode(fresh));
      drawn = search;
      history.replaceState(history.state, "", location.pathname + search);
      setFolds(names);
      if (!wasOpen) return;
      sheet().showPopover();
      sheet().querySelector(".sieve__groups").scrollTop = top;
      const again = findAgain(document.getElementById("sieve"), focused) || sheet().querySelector(".sieve__foot button");
      again.focus({ preventScroll: true });
    } catch {
      if (mine === asked) location.assign(location.pathname + search); // an answer for the whole window, whatever it is
    }
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-clear]");
    if (!link || !isOpen()) return;
    event.preventDefault();
    drawAnew(link.search, {});
  });
  // What is chosen goes (js/shop.js): into the open sheet, or with the form for a page of its own.
  let control = null; // what has the focus when the page is back
  document.addEventListener("shop:choose", (event) => {
    const changed = event.target;
    if (!isOpen() || !sheet().contains(changed)) { control = event.detail.then; return; }
    event.preventDefault();
    const query = new URLSearchParams(new FormData(changed.form)).toString();
    drawAnew(query && `?${query}`, told(event.detail.then));
  });
  // An address says what was chosen: no "any" of a group, and no order that the list has anyway.
  document.addEventListener("formdata", ({ target, formData }) => {
    if (!target.matches(".sieve")) return;
    const usual = target.elements.sort?.options[0].value;
    const chosen = [...formData].filter(([name, value]) => value && !(name === "sort" && value === usual));
    [...formData.keys()].forEach((name) => formData.delete(name));
    chosen.forEach(([name, value]) => formData.append(name, value));
  });
  // A list that is loaded anew by its filter stays where it was, with the filter as open and the focus where it was.
  const place = "sieve";
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".sieve")) return;
    if (isOpen()) { // it is shown already
      event.preventDefault();
      sheet().hidePopover();
      return;
    }
    const now = { path: location.pathname, ...told(control || document.activeElement), y: scrollY, folds: sheet() ? openFolds() : [] };
    control = null;
    try { sessionStorage.setItem(place, JSON.stringify(now)); } catch { /* then it begins at the top */ }
  });
  const [arrival] = performance.getEntriesByType("navigation");
  const sieve = document.querySelector(".sieve");
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(place));
    sessionStorage.removeItem(place);
  } catch { /* nothing kept */ }
  if (sieve && kept?.path === location.pathname && arrival?.type === "navigate") {
    if (sheet() && !narrow.matches) setFolds(kept.folds);
    window.scrollTo({ top: kept.y, behavior: "instant" });
    findAgain(sieve, kept)?.focus({ preventScroll: true });
  }
  // Nothing stays ticked in a filter that the list beside it does not have.
  window.addEventListener("pageshow", (event) => { if (event.persisted) document.querySelector(".sieve")?.reset(); });
})();
