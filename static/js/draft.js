// What somebody types is kept on the server (tablets are shared), a moment after the last key.
import { post } from "./page.js";

const WAIT_MS = 800;
const waiting = new Map();

function send(form, keepalive = false) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  const body = new FormData(form);
  body.delete("csrfmiddlewaretoken");
  post(form.dataset.draftUrl, body, { keepalive }).catch(() => {});
}

function sendAll() {
  [...waiting.keys()].forEach((form) => send(form, true));
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft-url]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => send(form), WAIT_MS));
});
document.addEventListener("submit", (event) => {
  clearTimeout(waiting.get(event.target));
  waiting.delete(event.target);
});
document.addEventListener("sheet:closing", sendAll);
document.addEventListener("visibilitychange", () => document.hidden && sendAll());
