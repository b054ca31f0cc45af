// The phone button: reveal (logged), dial, and open the log sheet when the page is seen again.
// The number is used once and never kept.
import { clearNotice, notice, post, words } from "./page.js";
import { openSheet } from "./sheet.js";

const KEY = "dialled";
const STAYED_MS = 1500; // a desktop hands the call over without hiding the page
const FORGET_MS = 2 * 60 * 60 * 1000;

function remember(logUrl) {
  if (logUrl) sessionStorage.setItem(KEY, JSON.stringify({ logUrl, at: Date.now() }));
}

function logTheCall() {
  const kept = sessionStorage.getItem(KEY);
  if (!kept || document.hidden) return;
  sessionStorage.removeItem(KEY);
  const { logUrl, at } = JSON.parse(kept);
  if (Date.now() - at < FORGET_MS) openSheet(logUrl);
}

function handOver(tel) {
  const link = document.createElement("a");
  link.href = `tel:${tel}`;
  document.body.append(link);
  link.click();
  link.remove();
}

async function dial(button, { url, logUrl, body }) {
  clearNotice();
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await post(url, body);
    const said = await answer.json();
    if (said.needs_reason) await openSheet(url);
    else if (!answer.ok) notice(said.message);
    else call(button, said.tel, logUrl);
  } catch {
    notice(words("nodial"));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function call(button, tel, logUrl) {
  button.closest(".row")?.classList.add("dialled");
  remember(logUrl);
  location.href = `tel:${tel}`;
  setTimeout(logTheCall, STAYED_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dial]");
  if (!button) return;
  event.preventDefault();
  const { revealUrl: url, logUrl } = button.dataset;
  if (!button.hasAttribute("aria-busy")) dial(button, { url, logUrl });
});
// The sheet that asks why, for a colleague's customer.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-reveal]");
  if (!form) return;
  event.preventDefault();
  dial(event.submitter, { url: form.action, logUrl: form.dataset.logUrl, body: new FormData(form) });
});
document.addEventListener("visibilitychange", logTheCall);
addEventListener("pageshow", logTheCall);
