// The eye in a password field shows what was typed; without scripts there is no eye.
import { onArrival } from "./page.js";

onArrival("[data-peek]", (button) => { button.hidden = false; });
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-peek]");
  if (!button) return;
  const field = button.parentElement.querySelector("input");
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
  field.focus();
});
