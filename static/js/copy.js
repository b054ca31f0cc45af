// Copies the text of a field, named by its id. Plain http has no clipboard of its own: the browser's
// old command copies what stands selected there.
import { onArrival } from "./page.js";
import { toast } from "./toast.js";

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.focus();
  field.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
  else document.execCommand("copy");
  if (button.dataset.copied) toast({ text: button.dataset.copied });
}

onArrival("[data-copy]", (button) => { button.hidden = false; });
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
