// The number keys of the PIN page; without them the field takes a keyboard.
const form = document.querySelector("form[data-pin]");

if (form) {
  const field = form.querySelector("[name=pin]");
  const keys = form.querySelector(".pin-keys");
  keys.hidden = false;
  keys.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key) return;
    if (key === "back") field.value = field.value.slice(0, -1);
    else if (field.value.length < field.maxLength) field.value += key;
  });
}
