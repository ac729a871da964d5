// Stripe's card fields on the payment page. They live in a frame of Stripe's: what is typed there never reaches us.
(() => {
  const form = document.querySelector("form[data-stripe]");
  if (!form) return;
  const { key, secret, returnUrl, away } = form.dataset;
  const problem = form.querySelector("[data-stripe-problem]");
  const button = form.querySelector("button");
  const say = (text) => { problem.textContent = text || ""; problem.hidden = !text; };
  if (!window.Stripe) { say(away); return; }
  const stripe = window.Stripe(key, { locale: document.documentElement.lang });
  const { theme } = document.documentElement.dataset;
  const isDark = theme ? theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  const elements = stripe.elements({ clientSecret: secret, appearance: { theme: isDark ? "night" : "stripe" } });
  const fields = elements.create("payment");
  fields.on("ready", () => { button.disabled = false; });
  fields.on("loaderror", () => say(away));
  const place = form.querySelector("[data-stripe-fields]");
  place.replaceChildren(); // Stripe mounts into an empty element only
  fields.mount(place);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    say("");
    // Where it goes well, Stripe leads the browser to the return address and nothing below happens.
    try {
      const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url: returnUrl } });
      say(error ? error.message : "");
    } catch {
      say(away);
    }
    button.disabled = false;
  });
})();
