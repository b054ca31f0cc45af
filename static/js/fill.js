// A chip that fills a field: a free time, a usual length.
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-fill]");
  if (!chip) return;
  const field = document.getElementById(chip.dataset.fill);
  field.value = chip.dataset.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
// A chip that puts its value into a text, where the cursor stands.
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-insert]");
  if (!chip) return;
  const field = document.getElementById(chip.dataset.insert);
  field.setRangeText(chip.dataset.value, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
