// What several modules need: the token, a line that says what went wrong, and "new on the page".

export function csrfToken() {
  return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
}

export function post(url, body, options = {}) {
  return fetch(url, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": csrfToken(), "X-Requested-With": "fetch" },
    ...options,
  });
}

/** Runs for every element of the selector, those here now and those htmx brings. */
export function onArrival(selector, run) {
  const visit = (root) => {
    if (root.matches?.(selector)) run(root);
    root.querySelectorAll(selector).forEach(run);
  };
  visit(document);
  document.addEventListener("htmx:load", (event) => visit(event.detail.elt));
}

/** Says an error where the eyes are: on top of the open sheet, else of the page. */
export function notice(text) {
  const open = document.querySelector("dialog[open] .sheet-body");
  const place = open || document.querySelector("#main .sheet-body") || document.getElementById("main");
  if (!place) return;
  clearNotice();
  const strip = document.createElement("div");
  strip.className = "strip strip-danger";
  strip.setAttribute("role", "alert");
  strip.dataset.notice = "";
  strip.textContent = text;
  place.prepend(strip);
  strip.scrollIntoView({ block: "nearest" });
}

export function clearNotice() {
  document.querySelectorAll("[data-notice]").forEach((strip) => strip.remove());
}

export function words(name) {
  return document.getElementById("toasts").dataset[name];
}
