// Copies the text of a field. Without the clipboard (plain http) the text is selected instead.
import { onArrival } from "./page.js";
import { toast } from "./toast.js";

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    toast({ text: button.dataset.copied });
  } catch {
    // The text stands selected: one key copies it.
  }
}

onArrival("[data-copy]", (button) => { button.hidden = false; });
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
