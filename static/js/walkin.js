// Walk-in: persons by minus and plus, a mobile number in groups as it is typed.
import { onArrival } from "./page.js";

function count(button) {
  const field = button.closest("[data-counter]").querySelector("input");
  const wanted = Number(field.value || 0) + Number(button.dataset.step);
  field.value = Math.min(Number(field.max || 99), Math.max(Number(field.min || 1), wanted));
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function group(field) {
  const digits = field.value.replace(/[ -]/g, "");
  const atEnd = field.selectionEnd === field.value.length;
  if (atEnd && /^1\d{3,10}$/.test(digits) && digits.length > 4) {
    field.value = digits.replace(/^(\d{3})(\d{0,4})(\d{0,4})$/, "$1 $2 $3").trim();
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-counter] [data-step]");
  if (button) count(button);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-phone]") && !event.inputType?.startsWith("delete")) group(event.target);
}, true);
// What a quick thumb typed before this script came is looked up and kept like the rest.
onArrival("[data-phone]", (field) => {
  if (field.value !== field.defaultValue) field.dispatchEvent(new Event("input", { bubbles: true }));
});
