// Ticked rows of the list: how many, and the bar that gives them away.
import { onArrival } from "./page.js";

function count(form) {
  const ticked = form.querySelectorAll('[name="lead"]:checked').length;
  form.classList.toggle("has-ticks", ticked > 0);
  form.querySelector("[data-bulk-count]").textContent = ticked || "";
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-bulk]");
  if (form) count(form);
});
document.addEventListener("reset", (event) => {
  if (event.target.matches("form[data-bulk]")) setTimeout(() => count(event.target));
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-bulk]").forEach(count));
onArrival("form[data-bulk]", count);
