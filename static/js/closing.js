// The closing sheet: the tapped grade brings its next date, and asks why when the facts say another.
import { onArrival } from "./page.js";

function showNextDate(form, grade) {
  const say = (name, text) => form.querySelectorAll(`[data-${name}]`).forEach((place) => {
    if (!place.matches("input")) place.textContent = text;
  });
  say("next-in", grade.dataset.nextIn);
  say("next-day", grade.dataset.nextDay);
  say("every", grade.dataset.every);
  form.dataset.cadenceDate = grade.dataset.next;
  form.elements.next_on.dispatchEvent(new Event("change", { bubbles: true }));
}

function asksWhy(form, box, grade) {
  const filledIn = {
    model_missing: form.querySelector('[name="car_model"]:checked'),
    card_missing: form.elements.name?.value.trim(),
  };
  if ("asksWhy" in grade.dataset) return true;
  return box.dataset.flag && grade.value !== box.dataset.stands && !filledIn[box.dataset.flag];
}

// A hot customer does not leave without the next appointment: told, not refused.
function wantsAppointment(form, grade) {
  const hint = form.querySelector("[data-agree]");
  if (!hint) return;
  const hot = hint.closest("[data-hot]").dataset.hot.split(" ");
  hint.hidden = !(grade && hot.includes(grade.value)) || Boolean(form.elements.coming_at?.value);
}

function refresh(form) {
  const grade = form.querySelector('[name="grade"]:checked');
  const box = form.querySelector("[data-grades]");
  const why = form.querySelector("[data-reason]");
  if (why) why.hidden = !(grade && asksWhy(form, box, grade));
  wantsAppointment(form, grade);
  if (grade) showNextDate(form, grade);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-closing]");
  if (form && ["grade", "car_model", "name", "coming_at"].includes(event.target.name)) refresh(form);
});
onArrival("form[data-closing]", (form) => form.querySelector("[data-grades]") && refresh(form));
