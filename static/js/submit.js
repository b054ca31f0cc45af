// A pressed button says so and cannot be pressed twice; an error gives it back.
import { clearNotice, notice, words } from "./page.js";

const CALM_MS = 300; // nothing is shown for what takes less
const LEAVING_MS = 30_000; // a page that was sent off is left by then, on a slow line too
let sentOff = 0;

function hold(button) {
  button.dataset.held = button.textContent;
  setTimeout(() => { if ("held" in button.dataset) button.disabled = true; });
  setTimeout(() => {
    if (!("held" in button.dataset)) return;
    button.setAttribute("aria-busy", "true");
    if (button.dataset.busy) button.textContent = button.dataset.busy;
  }, CALM_MS);
}

function release(button) {
  if (button.hasAttribute("aria-busy") && button.dataset.busy) button.textContent = button.dataset.held;
  button.removeAttribute("aria-busy");
  button.disabled = false;
  delete button.dataset.held;
}

function releaseAll() {
  document.querySelectorAll("button[data-held]").forEach(release);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "get" || event.defaultPrevented && !form.matches("[hx-post], [data-hx-post]")) return;
  clearNotice();
  const button = event.submitter || form.querySelector("button:not([type=button])");
  if (button && !("held" in button.dataset)) hold(button);
  if (!event.defaultPrevented) sentOff = Date.now();
});
document.addEventListener("htmx:afterRequest", releaseAll);
addEventListener("pageshow", releaseAll);

document.addEventListener("htmx:sendError", () => notice(words("lost")));
document.addEventListener("htmx:responseError", () => notice(words("refused")));
// A whole page (signed out, redirected) never goes into a part of one: it takes the place of this page, if
// this one is not on its way out already. Who signs in again is back here, not at the part that was asked for.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (!/^\s*<!doctype html/i.test(xhr.responseText)) return;
  event.detail.shouldSwap = false;
  if (xhr.status >= 400 || Date.now() - sentOff < LEAVING_MS) return;
  const whole = new URL(xhr.responseURL);
  if (whole.searchParams.has("next")) whole.searchParams.set("next", location.pathname + location.search);
  location.assign(whole);
});

// Ctrl+Enter saves from a text box.
document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key === "Enter" && event.target.matches("textarea")) {
    event.target.form?.requestSubmit();
  }
});
