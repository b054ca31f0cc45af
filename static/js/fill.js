// A chip that fills a field: a free time, a usual length.
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-fill]");
  if (!chip) return;
  const field = document.getElementById(chip.dataset.fill);
  field.value = chip.dataset.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
