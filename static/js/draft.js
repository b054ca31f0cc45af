// What somebody types is kept on the server (tablets are shared), a moment after the last key.
import { post } from "./page.js";

const WAIT_MS = 800;
const AT_MOST_MS = 2000; // so long the lock of a tablet waits for a slow line
const waiting = new Map();
const sending = new Map();
const held = new Set();

function send(form, keepalive = false) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  const body = new FormData(form);
  body.delete("csrfmiddlewaretoken");
  const sent = post(form.dataset.draftUrl, body, { keepalive }).catch(() => {}).then(() => {
    if (sending.get(form) === sent) sending.delete(form);
  });
  sending.set(form, sent);
}

function sendAll() {
  [...waiting.keys()].forEach((form) => send(form, true));
}

// Another form (the lock, a button beside) ends the session or shows the page anew: first what was typed.
async function sendOff(event, form) {
  event.preventDefault();
  held.add(form);
  sendAll();
  await Promise.race([Promise.all(sending.values()), new Promise((late) => { setTimeout(late, AT_MOST_MS); })]);
  held.delete(form);
  form.requestSubmit(event.submitter);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft-url]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => send(form), WAIT_MS));
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  sending.delete(form);
  if (held.has(form)) event.preventDefault();
  else if ((waiting.size || sending.size) && !event.defaultPrevented) sendOff(event, form);
});
document.addEventListener("sheet:closing", sendAll);
document.addEventListener("visibilitychange", () => document.hidden && sendAll());
