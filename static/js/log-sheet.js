// Log a contact: an outcome wakes the save button, "no answer" means tomorrow,
// a date later than the cadence asks for the customer's word.
import { onArrival } from "./page.js";

function pickChip(form, chip) {
  if (!chip) return;
  chip.checked = true;
  form.elements.next_on.value = chip.value;
}

function showDate(form) {
  const box = form.querySelector("[data-pick]");
  if (box) box.hidden = !form.querySelector('[name="next_pick"][value="pick"]')?.checked;
}

function showAgreed(form) {
  const agreed = form.querySelector("[data-agreed]");
  const limit = form.dataset.cadenceDate;
  if (agreed) agreed.hidden = !limit || form.elements.next_on.value <= limit;
}

function wakeSave(form) {
  const save = form.querySelector("[data-save]");
  if (!save) return;
  const chosen = form.querySelector('[name="outcome"]:checked');
  save.disabled = !chosen;
  save.textContent = chosen ? save.dataset.ready : save.dataset.wait;
}

function refresh(form) {
  wakeSave(form);
  if (!form.elements.next_on) return;
  showDate(form);
  showAgreed(form);
}

function chooseDateFor(form, outcome) {
  if (form.dataset.dateTouched || !form.elements.next_on) return;
  const which = "attempt" in outcome.dataset ? "[data-tomorrow]" : "[data-default]";
  pickChip(form, form.querySelector(`[name="next_pick"]${which}`));
}

function takePick(form, chip) {
  form.dataset.dateTouched = "yes";
  if (chip.value !== "pick") pickChip(form, chip);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-log]");
  if (!form) return;
  if (event.target.name === "outcome") chooseDateFor(form, event.target);
  if (event.target.name === "next_pick") takePick(form, event.target);
  refresh(form);
  if (event.target.value === "pick") form.elements.next_on.focus();
});
document.addEventListener("lead:changed", (event) => {
  document.getElementById(event.detail.row)?.classList.add("leaving");
});
onArrival("form[data-log]", refresh);
addEventListener("pageshow", () => document.querySelectorAll("form[data-log]").forEach(refresh));
