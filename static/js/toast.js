// Toasts come from the page (messages) or from an answer: HX-Trigger {"toast": {"text", "undo"}}.
import { csrfToken, words } from "./page.js";

const STAYS_MS = 6000;
const UNDO_STAYS_MS = 10000;

function leaveLater(toast) {
  const leave = () => {
    if (toast.matches(":hover, :focus-within")) setTimeout(leave, STAYS_MS);
    else toast.remove();
  };
  setTimeout(leave, toast.querySelector("form") ? UNDO_STAYS_MS : STAYS_MS);
}

function undoForm(url) {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: url });
  const token = document.createElement("input");
  Object.assign(token, { type: "hidden", name: "csrfmiddlewaretoken", value: csrfToken() });
  const button = document.createElement("button");
  button.textContent = words("undo");
  form.append(token, button);
  return form;
}

export function toast({ text, undo }) {
  const box = document.createElement("div");
  box.className = "toast";
  const say = document.createElement("span");
  say.className = "say";
  say.textContent = text;
  box.append(say);
  if (undo?.startsWith("/")) box.append(undoForm(undo));
  document.getElementById("toasts").append(box);
  leaveLater(box);
}

document.querySelectorAll("#toasts .toast").forEach(leaveLater);
document.addEventListener("toast", (event) => toast(event.detail));
